// SPDX-License-Identifier: Apache-2.0
#pragma once

// Work in a process of its own, for what must not touch the test program: system calls that fail, limits,
// another user. Promise: how the child ended is always told, a crash included.

#include <functional>
#include <string>

namespace modelcache::test {

// Runs `work` in a forked child. Returns what it returned, "exception: ..." when it threw, or how it died.
// Assertions do not work in there: return a text and compare.
std::string in_child(const std::function<std::string()>& work);

// From now on each call of this number (SYS_...) fails with `error_number`, in this process and its children.
// Only inside in_child; std::system_error where filters are not available.
void deny_system_call(long number, int error_number);
// The same where `descriptor` is the first argument; sanitizers need calls like write(2) for themselves.
void deny_system_call_on(int descriptor, long number, int error_number);

// This process becomes a user without rights. Only inside in_child, as root.
void become_nobody();

}  // namespace modelcache::test

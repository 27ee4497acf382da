# SPDX-License-Identifier: Apache-2.0
# What the tests share that run the SDKs of AI Studio and ModelScope against mock servers; sourced after lib.sh.

sdk_clients=(studio scope1 scope2) # AI Studio 0.3, modelscope 1.37 and 1.40

# serve_sample NAME [ARGUMENT...]: $T/NAME.git by make_served_repo.py
serve_sample() {
  python3 "$support/make_served_repo.py" "$T/$1.git" "${@:2}"
}

# clone_served NAME: $T/NAME, a clone of $T/NAME.git with all its LFS objects. git tells those whose pointer has no newline as modified.
clone_served() {
  git clone -q "file://$T/$1.git" "$T/$1"
  git -C "$T/$1" lfs fetch --all origin >/dev/null 2>&1
  # A clone over file:// shares its LFS objects with the server by hard links: apart, each can be damaged alone.
  cp -r "$T/$1/.git/lfs/objects" "$T/$1/.git/lfs/objects.own"
  rm -r "$T/$1/.git/lfs/objects"
  mv "$T/$1/.git/lfs/objects.own" "$T/$1/.git/lfs/objects"
}

declare -A hubs # CLIENT: the address of its mock

# start_mock CLIENT ARGUMENT...: each client has a mock of its own, so that its bytes are told apart. Sets hubs[CLIENT], and $mock to the
# process. Without a --repo it serves $T/demo.git as the models org/demo and org/name-1.5 and as the dataset org/data.
start_mock() {
  local client=$1 address=$T/$1.address
  shift
  [[ " $* " == *' --repo '* ]] || set -- "$@" --repo "model:org/demo=$T/demo.git" \
    --repo "model:org/name-1.5=$T/demo.git" --repo "dataset:org/data=$T/demo.git"
  rm -f "$address"
  python3 "$support/fake_${client%[0-9]}.py" --port-file "$address" "$@" 2>>"$T/$client.log" &
  mock=$!
  children+=("$mock")
  for _ in $(seq 200); do
    [ -s "$address" ] && break
    sleep 0.05
  done
  hubs[$client]=$(cat "$address") || fail "the mock did not start: $(cat "$T/$client.log")"
}

# sdk_fills CLIENT ARGUMENT...: downloads with the real SDK from its mock, see fill_sdk.py
sdk_fills() {
  "$clients/$1/bin/python" "$top/tests/clients/fill_sdk.py" --hub "${hubs[$1]}" "${@:2}" >"$T/$1.out" 2>&1
}

# sdk_accepts CLIENT ARGUMENT...: whether the SDK takes a cache for its own, see accept_sdk.py; what it says goes to $T/CLIENT.out
sdk_accepts() {
  "$clients/$1/bin/python" "$top/tests/clients/accept_sdk.py" --hub "${hubs[$1]}" "${@:2}" >"$T/$1.out" 2>&1
}

# sdk_folder CLIENT CACHE TYPE ID REVISION: where the SDK has a repo
sdk_folder() {
  local name=${4#*/}
  case $1 in
    scope2) echo "$2/$3s/${4%%/*}--$name/snapshots/$5" ;;
    *) echo "$2/$3s/${4%%/*}/${name//./___}" ;;
  esac
}

# SPDX-License-Identifier: Apache-2.0
# A Slurm of one machine, in $T, for tests that sourced lib.sh: no service of the system is touched. Needs root.

# start_slurm CPUS: sets SLURM_CONF. What it started, stop_slurm ends, also when the test fails.
start_slurm() {
  local host cpus=$1 name
  # As Slurm itself cuts it; hostname -s may want a name server.
  host=$(uname -n)
  host=${host%%.*}
  for name in munged slurmctld slurmd sbatch scancel; do need "$name"; done
  [ "$(id -u)" -eq 0 ] || fail "slurmd starts jobs as root only"
  slurm=$T/slurm
  mkdir -p "$slurm"/{state,spool,munge}
  chmod 755 "$T" "$slurm"
  # finish() wants to know how the test ended.
  trap 'slurm_status=$?; set +e; stop_slurm; (exit "$slurm_status"); finish' EXIT
  head -c 128 /dev/urandom >"$slurm/munge/key"
  chmod 400 "$slurm/munge/key"
  munged --force --key-file="$slurm/munge/key" --socket="$slurm/munge/socket" --pid-file="$slurm/munge/pid" --log-file="$slurm/munge/log" \
    --seed-file="$slurm/munge/seed" 2>"$slurm/munge/err" || fail "munged does not start: $(cat "$slurm"/munge/{err,log})"
  local ports
  read -ra ports < <(python3 -c '
import socket
sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(2)]
print(*(one.getsockname()[1] for one in sockets))')
  cat >"$slurm/slurm.conf" <<CONF
ClusterName=test
SlurmctldHost=$host(127.0.0.1)
SlurmctldPort=${ports[0]}
SlurmdPort=${ports[1]}
AuthType=auth/munge
AuthInfo=socket=$slurm/munge/socket
CredType=cred/munge
SlurmUser=root
SlurmdUser=root
StateSaveLocation=$slurm/state
SlurmdSpoolDir=$slurm/spool
SlurmctldPidFile=$slurm/slurmctld.pid
SlurmdPidFile=$slurm/slurmd.pid
SlurmctldLogFile=$slurm/slurmctld.log
SlurmdLogFile=$slurm/slurmd.log
MailProg=/bin/true
ProctrackType=proctrack/pgid
TaskPlugin=task/none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
SchedulerParameters=batch_sched_delay=0,sched_interval=1,bf_interval=1
ReturnToService=2
KillWait=1
SlurmdParameters=config_overrides
NodeName=$host NodeAddr=127.0.0.1 CPUs=$cpus
PartitionName=all Nodes=ALL Default=YES MaxTime=INFINITE State=UP
CONF
  export SLURM_CONF=$slurm/slurm.conf
  slurmctld || fail "slurmctld does not start: $(tail -n 20 "$slurm/slurmctld.log")"
  slurmd || fail "slurmd does not start: $(tail -n 20 "$slurm/slurmd.log")"
  for _ in $(seq 150); do
    [ "$(sinfo -h -o %T 2>/dev/null)" != idle ] || return 0
    sleep 0.2
  done
  fail "no node is idle: $(sinfo 2>&1; tail -n 20 "$slurm"/slurm{ctld,d}.log)"
}

stop_slurm() {
  local file pid
  scancel --user=root --full --signal=KILL >/dev/null 2>&1 || true
  for file in "$slurm"/{slurmd.pid,slurmctld.pid,munge/pid}; do
    [ -s "$file" ] || continue
    pid=$(cat "$file")
    kill "$pid" 2>/dev/null || continue
    for _ in $(seq 50); do
      kill -0 "$pid" 2>/dev/null || break
      sleep 0.1
    done
    kill -KILL "$pid" 2>/dev/null || true
  done
}

# await JOB: until it has ended; sets $status to what it ended with.
await() {
  local job
  for _ in $(seq 600); do
    job=$(scontrol --oneliner show job "$1") || fail "there is no job $1"
    if ! grep -qE 'JobState=(PENDING|RUNNING|COMPLETING|CONFIGURING)' <<<"$job"; then
      status=$(sed -nE 's/.* ExitCode=([0-9]+):.*/\1/p' <<<"$job" | sort -n | tail -n 1)
      return 0
    fi
    sleep 0.2
  done
  fail "job $1 does not end: $(squeue) $job"
}

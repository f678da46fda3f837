#!/bin/bash
# Two "hosts" on this machine: network namespaces joined by a cable, each with a host name of its own.
#   hosts.sh up | down | cut          hosts.sh run FAMILY NODE PROGRAM...
#   hosts.sh on HOST COMMAND...       what mpirun calls instead of ssh
here=$(readlink -f "$0")
case $1 in
  up)
    "$here" down
    for i in 1 2; do ip netns add cotangent$i; done
    ip link add cotangent-a type veth peer name cotangent-b
    ip link set cotangent-a netns cotangent1
    ip link set cotangent-b netns cotangent2
    ip -n cotangent1 addr add 10.77.0.1/24 dev cotangent-a
    ip -n cotangent2 addr add 10.77.0.2/24 dev cotangent-b
    for i in 1 2; do ip -n cotangent$i link set lo up; done
    ip -n cotangent1 link set cotangent-a up
    ip -n cotangent2 link set cotangent-b up ;;
  down)
    for i in 1 2; do
      ip netns pids cotangent$i 2>/dev/null | xargs -r kill -9 2>/dev/null
      ip netns del cotangent$i 2>/dev/null
    done
    true ;;
  cut) ip -n cotangent2 link set cotangent-b down ;;
  on)
    i=${2##*.}
    shift 2
    exec ip netns exec "cotangent$i" unshare --uts bash -c "hostname cotangent$i; $*" ;;
  run)
    family=$2
    shift 2
    printf '#!/bin/sh\nwhile [ "${1#-}" != "$1" ]; do shift; done\nexec %s on "$@"\n' "$here" > "/tmp/cotangent-agent.$$"
    chmod +x "/tmp/cotangent-agent.$$"
    trap 'rm -f /tmp/cotangent-agent.$$' EXIT
    if [ "$family" = openmpi ]; then
      set -- mpirun.openmpi --allow-run-as-root --oversubscribe --mca plm_rsh_agent "/tmp/cotangent-agent.$$" --host 10.77.0.1:1,10.77.0.2:1 \
        --mca btl tcp,self --mca btl_tcp_if_include 10.77.0.0/24 --mca oob_tcp_if_include 10.77.0.0/24 -x COTANGENT_COLLECTIVE_TIMEOUT -n 2 "$@"
    else
      set -- env UCX_TLS=tcp,self mpirun.mpich -launcher rsh -launcher-exec "/tmp/cotangent-agent.$$" -hosts 10.77.0.1:1,10.77.0.2:1 -iface cotangent-a -n 2 "$@"
    fi
    ip netns exec cotangent1 unshare --uts bash -c 'hostname cotangent1; "$@"' bash "$@" ;;
esac

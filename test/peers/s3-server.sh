#!/bin/bash
# A real S3 server with Object Lock for tests: Ceph RGW with an in-memory OSD, on 127.0.0.1 only.
#   s3-server start DIR [PORT]   cold start, empty (about 20 s, 130 MB); prints the endpoint and the keys as KEY=VALUE lines
#   s3-server stop DIR
# Needs: apt-get install -y --no-install-recommends ceph-mon ceph-osd radosgw ceph-common
set -euo pipefail
verb=${1:?start or stop} dir=$(realpath -m "${2:?directory}") port=${3:-17480}
if [[ $verb == stop ]]; then
  for f in "$dir"/run/*.pid "$dir"/rgw.pid; do [[ -f $f ]] && kill "$(cat "$f")" 2>/dev/null || true; done
  exit 0
fi
rm -rf "$dir"; mkdir -p "$dir"/{data/mon,data/osd.0,data/rgw,run,log}; cd "$dir"
fsid=$(cat /proc/sys/kernel/random/uuid) mon=$((port + 1)) mon1=$((port + 2))
cat > ceph.conf <<C
[global]
fsid = $fsid
mon_initial_members = a
mon_host = [v2:127.0.0.1:$mon,v1:127.0.0.1:$mon1]
public_network = 127.0.0.0/8
cluster_network = 127.0.0.0/8
auth_cluster_required = none
auth_service_required = none
auth_client_required = none
osd_pool_default_size = 1
osd_pool_default_min_size = 1
mon_allow_pool_size_one = true
mon_warn_on_pool_no_redundancy = false
osd_pool_default_pg_num = 4
osd_pool_default_pgp_num = 4
osd_crush_chooseleaf_type = 0
mon_data_avail_crit = 1
mon_data_avail_warn = 2
log_file = $dir/log/\$name.log
admin_socket = $dir/run/\$name.asok
pid_file = $dir/run/\$name.pid
run_dir = $dir/run
ms_bind_ipv6 = false
[mon.a]
mon_data = $dir/data/mon
[osd]
osd_data = $dir/data/osd.0
osd_objectstore = memstore
memstore_device_bytes = 2147483648
osd_class_default_list = *
osd_class_load_list = *
[client.rgw.a]
rgw_frontends = beast endpoint=127.0.0.1:$port
rgw_data = $dir/data/rgw
rgw_dns_name = localhost
rgw_lc_debug_interval = 10
rgw_crypt_require_ssl = false
ms_mon_client_mode = crc
C
export CEPH_CONF=$dir/ceph.conf
{
  monmaptool --create --clobber --addv a "[v2:127.0.0.1:$mon,v1:127.0.0.1:$mon1]" --fsid "$fsid" monmap
  ceph-mon --mkfs -i a --monmap monmap
  ceph-mon -i a
  ceph-osd -i 0 --mkfs --osd-uuid "$(cat /proc/sys/kernel/random/uuid)"
  ceph osd new "$(cat data/osd.0/fsid)" 0 || true
  ceph osd crush add osd.0 1 root=default host=localhost
  ceph-osd -i 0
} > up.log 2>&1
setsid radosgw -n client.rgw.a -f > rgw.out 2>&1 < /dev/null & echo $! > rgw.pid
for _ in $(seq 1 240); do
  [[ $(curl -s -o /dev/null -m 2 -w '%{http_code}' "http://127.0.0.1:$port/") == 200 ]] && break
  sleep 0.25
done
radosgw-admin user create --uid=archive --display-name=archive --access-key=TESTKEY --secret-key=TESTSECRET > user.log 2>&1
echo "S3_ENDPOINT=http://127.0.0.1:$port"
echo "S3_ACCESS_KEY_ID=TESTKEY"
echo "S3_SECRET_ACCESS_KEY=TESTSECRET"

#!/usr/bin/env bash
# A class of Kafka with the JVM options of the distribution's script of this name: -name NAME, -loggc, then the class.
set -euo pipefail

name='' gc=()
while :; do
  case ${1-} in
    -name) name=$2; shift 2 ;;
    -loggc) gc=("-Xlog:gc*:file=/opt/kafka/logs/$name-gc.log:time,tags:filecount=10,filesize=100M"); shift ;;
    *) break ;;
  esac
done
performance='-server -XX:+UseG1GC -XX:MaxGCPauseMillis=20 -XX:InitiatingHeapOccupancyPercent=35 -XX:+ExplicitGCInvokesConcurrent'
log=-Dlog4j2.configurationFile=/etc/kafka/docker/tools-log4j2.yaml
read -ra options <<<"${KAFKA_HEAP_OPTS:--Xmx256M} ${KAFKA_JVM_PERFORMANCE_OPTS:-$performance} ${KAFKA_LOG4J_OPTS:-$log} ${KAFKA_OPTS:-}"
exec java "${options[@]}" "${gc[@]}" -Dkafka.logs.dir=/opt/kafka/logs -Djava.awt.headless=true -cp '/opt/kafka/libs/*' "$@"

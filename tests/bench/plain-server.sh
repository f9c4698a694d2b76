# A plain fast server: nginx with fixed answers, the sandbox's list over TLS and two long ones.

# The answer with this many profiles; the names differ in length and script.
many_profiles() {
    jq -nc --argjson count "$1" '{
        User: {Id: 1, FullName: "Ana Duarte", Email: "ana@acme.example", Active: true, IsAdmin: false},
        DefaultBusiness: {Id: 2, Name: "Mill Lane Studios", WebAddress: "mill-lane"},
        Profiles: [range($count) | {
            Id: (14000000 + .),
            FullName: (["Ana Duarte", "Zoë Åström", "株式会社 佐藤", "Bo Li"][. % 4] + " \(.)"),
            CompanyName: (if . % 3 == 0 then null else "Company \(.) of a middling length" end),
            Active: (. % 7 != 0), IsDefaultProfile: (. == 1), CoworkerType: (. % 2 + 1),
            HasVirtualOffice: (. % 5 == 0), VirtualOfficePaused: null, VirtualOfficeContractId: null
        }]
    }'
}

# A certificate for 127.0.0.1 and any further name (`DNS:…`), of an authority of its own; and the
# roots: the system's and that one.
certificate() {
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj '/CN=bench CA' \
        -keyout "$work/ca.key" -out "$work/ca.pem" 2>/dev/null
    openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj '/CN=bench' \
        -keyout "$work/server.key" -out "$work/server.csr" 2>/dev/null
    printf '%s\n' "subjectAltName=IP:127.0.0.1${1:+,$1}" extendedKeyUsage=serverAuth >"$work/server.ext"
    openssl x509 -req -in "$work/server.csr" -CA "$work/ca.pem" -CAkey "$work/ca.key" \
        -CAcreateserial -days 1 -extfile "$work/server.ext" -out "$work/server.pem" 2>/dev/null
    local bundle
    for bundle in /etc/ssl/certs/ca-certificates.crt /etc/pki/tls/certs/ca-bundle.crt /etc/ssl/cert.pem /dev/null; do
        [ -e "$bundle" ] && break
    done
    cat "$bundle" "$work/ca.pem" >"$work/roots.pem"
}

# Prints a port of the loopback address that nobody listens on.
free_port() {
    local port
    while port=$((20000 + RANDOM % 10000)); do
        (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null || { echo "$port" && return; }
    done
}

# Writes a configuration for nginx with these servers, and prints where.
configuration() {
    local user=''
    [ "$(id -u)" = 0 ] && user='user root;'
    cat >"$work/nginx.conf" <<CONF
$user daemon off; worker_processes 1; pid $work/nginx.pid; error_log $work/nginx.log;
events {}
http {
    access_log off; default_type application/json; sendfile on; tcp_nopush on;
    client_body_temp_path $work/nginx-body; proxy_temp_path $work/nginx-proxy;
    fastcgi_temp_path $work/nginx-fastcgi; uwsgi_temp_path $work/nginx-uwsgi;
    scgi_temp_path $work/nginx-scgi;
    ssl_certificate $work/server.pem; ssl_certificate_key $work/server.key;
    ssl_protocols TLSv1.2 TLSv1.3;
    $1
}
CONF
    echo "$work/nginx.conf"
}

# Serves `$work/few.json` over TLS at `tls_port`, 10,000 profiles at `many_port`, 20,000 at `more_port`.
start_plain_server() {
    local endpoint=/api/public/coworkers/profiles
    tls_port=$(free_port) many_port=$(free_port) more_port=$(free_port)
    certificate
    many_profiles 10000 >"$work/many.json"
    many_profiles 20000 >"$work/more.json"
    nginx -p "$work" -e "$work/nginx.log" -c "$(configuration "
    server { listen 127.0.0.1:$tls_port ssl; location = $endpoint { alias $work/few.json; } }
    server { listen 127.0.0.1:$many_port; location = $endpoint { alias $work/many.json; } }
    server { listen 127.0.0.1:$more_port; location = $endpoint { alias $work/more.json; } }")" >/dev/null 2>&1 &
    children+=($!)
    await curl -sf -o /dev/null "http://127.0.0.1:$more_port$endpoint"
}

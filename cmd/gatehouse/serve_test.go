package main

import (
	"bytes"
	"log/slog"
	"strings"
	"testing"

	"gatehouse/internal/base/settings"
	"gatehouse/internal/config"
)

// At its start, serve logs what runs at which address and what is only for
// development. The last line says that it is ready. No line contains a password.
func TestServeSaysWhatRunsWhere(t *testing.T) {
	c, err := config.Load(settings.Source{Path: "config.yaml", Data: []byte(`
address: ":8443"
http_redirect_addr: ":8080"
metrics_address: "127.0.0.1:9090"
database: postgres://gatehouse:hunter2@db.example.com/people
master_key_file: /etc/gatehouse/master.key
authenticate_service_url: https://authenticate.example.com
idp_provider: oidc
idp_provider_url: https://id.example.com/us-east-1_Staff0001
idp_client_id: gateway
idp_client_secret: hunter2
directory: {url: https://id.example.com}
access: {team_domain: team.example.com}
routes:
  - {from: https://app.example.com, to: http://127.0.0.1:1, allow_any_authenticated_user: true}
`)})
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	noTime := func(_ []string, a slog.Attr) slog.Attr {
		if a.Key == slog.TimeKey {
			return slog.Attr{}
		}
		return a
	}
	logStart(slog.New(slog.NewTextHandler(&out, &slog.HandlerOptions{ReplaceAttr: noTime})), c, "[::]:8443")
	want := strings.TrimPrefix(`
level=INFO msg=serving part=directory at=https://id.example.com
level=INFO msg=serving part=gateway at="1 route on :8443"
level=INFO msg=serving part="sign-in service" at=https://authenticate.example.com
level=INFO msg=serving part="team domain" at=https://team.example.com
level=INFO msg=serving part="redirect to https" at=:8080
level=INFO msg=serving part=probes at=127.0.0.1:28080
level=INFO msg=serving part=metrics at=127.0.0.1:9090
level=INFO msg=serving part=database at="PostgreSQL database people at db.example.com:5432"
level=INFO msg=serving part="master keys" at=/etc/gatehouse/master.key
level=WARN msg="for development only: the certificate is of a local authority, which a machine trusts only after gatehouse ca trust: set autocert, or certificate_file and certificate_key_file"
level=INFO msg=ready address=[::]:8443
`, "\n")
	if got := out.String(); got != want {
		t.Errorf("got:\n%s\nwant:\n%s", got, want)
	}
}

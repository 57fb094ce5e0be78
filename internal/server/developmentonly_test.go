package server_test

import (
	"strings"
	"testing"

	"gatehouse/internal/server"
)

func TestDevelopmentOnly(t *testing.T) {
	tests := []struct {
		text  string
		wants []string // the beginnings of the warnings
	}{
		{"insecure_server: true\naddress: 127.0.0.1:8080", []string{"for development, or behind a proxy that ends TLS: insecure_server"}},
		{"", []string{"for development only: the certificate is of a local authority"}},
		{"insecure_server: true\ndatabase: 'sqlite::memory:'", []string{"for development, or behind a proxy", "for development only: database: everything is lost"}},
		{`
insecure_server: true
directory:
  url: https://id.example.com
  pools:
    - {id: us-east-1_Staff0001, name: staff}
    - {id: us-east-1_Other0001, name: other, aws_issuer: true, users: [{username: a, password: "Alice-2026!"}, {username: b, password: "Alice-2026!"}]}
routes: [{from: https://app.example.com, to: https://app.internal, tls_skip_verify: true, allow_public_unauthenticated_access: true}]`, []string{
			"for development, or behind a proxy",
			"for development only: directory.pools[1].users: the passwords of 2 users stand in the configuration file",
			"for development only: directory.pools[1].aws_issuer: the tokens name AWS",
			"for development only: routes[0].tls_skip_verify: ",
		}},
	}
	for _, tt := range tests {
		got := server.DevelopmentOnly(parse(t, tt.text))
		if len(got) != len(tt.wants) {
			t.Errorf("%s:\n got %q\nwant %q", tt.text, got, tt.wants)
			continue
		}
		for i, want := range tt.wants {
			if !strings.HasPrefix(got[i], want) {
				t.Errorf("%s: warning %d is %q, want it to begin with %q", tt.text, i, got[i], want)
			}
		}
	}
}

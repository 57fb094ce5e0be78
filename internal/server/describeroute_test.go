package server_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"gatehouse/internal/base/settings"
	"gatehouse/internal/config"
	"gatehouse/internal/server"
)

// Somebody who reviews a file sees what it asks beyond the policy.
func TestCheckSaysWhatARouteAsks(t *testing.T) {
	const top = `
idp_provider: google
idp_client_id: a
idp_client_secret: b
authenticate_service_url: https://authenticate.example.com
idp_providers: [{name: partner, display_name: Partner Inc., provider: oidc, url: "https://id.partner.example", client_id: x, client_secret: y}]
identity_providers:
  CI: {issuer: "https://ci.example.com", audiences: [gateway], jwks_url: "https://ci.example.com/keys"}
  cluster: {issuer: "https://k8s.example.com", audiences: [gateway], jwks_url: "https://k8s.example.com/keys"}
routes:
`
	for _, tt := range []struct {
		route string
		want  server.RouteReport
	}{
		{"", server.RouteReport{}},
		{"host_rewrite: in.example.com, preserve_host_header: true", server.RouteReport{Host: "in.example.com"}},
		{"host_rewrite_header: X-Inner", server.RouteReport{Host: "what the request's header X-Inner says"}},
		{`host_path_regex_rewrite_pattern: "^/([a-z]+).*$", host_path_regex_rewrite_substitution: "\\1.in"`, server.RouteReport{Host: `made of the path: ^/([a-z]+).*$ becomes \1.in`}},
		{"preserve_host_header: true", server.RouteReport{Host: "the one that the client asked for"}},
		{"idp: partner, reauthenticate_after: 90m", server.RouteReport{SignIn: []string{"at Partner Inc. alone", "again after 1h30m"}}},
		{"idp_client_id: own, idp_client_secret: s", server.RouteReport{SignIn: []string{"at Google alone, with the client own"}}},
		{"bearer_token_format: idp_access_token", server.RouteReport{SignIn: []string{"or an access token of the provider, sent by a program"}}},
		{"bearer_token_format: idp_identity_token", server.RouteReport{SignIn: []string{"or an ID token of the provider, sent by a program"}}},
		{"bearer_token_format: jwt", server.RouteReport{SignIn: []string{"or a token of ci or cluster, sent by a program"}}},
		{"bearer_token_format: jwt, identity_providers: [ci]", server.RouteReport{SignIn: []string{"or a token of ci, sent by a program"}}},
		{"rate_limit: {requests: 3}, timeout: 5s, idle_timeout: 0s", server.RouteReport{Limits: []string{"3 requests in 1m of one person or address", "5s for a whole answer", "any time without a byte"}}},
		{"timeout: 2h", server.RouteReport{Limits: []string{"2h for a whole answer"}}},
	} {
		fields := strings.Trim("from: 'https://app.example.com', to: 'http://app', allow_any_authenticated_user: true, "+tt.route, ", ")
		c, err := config.Load(settings.Source{Path: "c.yaml", Data: []byte(top + "  - {" + fields + "}\n")})
		if err != nil {
			t.Fatal(err)
		}
		report, err := server.Check(c)
		if err != nil {
			t.Fatal(err)
		}
		got := report.Routes[0]
		got.Route, got.Warnings = nil, nil
		if diff := cmp.Diff(tt.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.route, diff)
		}
	}
}

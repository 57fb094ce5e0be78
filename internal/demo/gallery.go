package demo

import (
	"errors"

	"gatehouse/internal/base/page"
)

// Gallery returns the page in every state.
func Gallery() []page.Sample {
	claims := map[string]any{
		"aud": "hello.localhost", "email": "alice@example.com", "groups": []any{"admins", "staff"}, "iss": "authenticate.localhost", "exp": 1767366545.0, "name": "Alice <Example>",
	}
	headers := []header{
		{"X-Pomerium-Claim-Email", "alice@example.com"},
		{"X-Pomerium-Jwt-Assertion", "eyJhbGciOiJFUzI1NiJ9.eyJlbWFpbCI6ImFsaWNlQGV4YW1wbGUuY29tIn0.(signature not shown)"},
	}
	sample := func(name string, app *App, as ...assertion) page.Sample {
		r := request{method: "GET", path: "/reports/2026", assertions: as}
		if as != nil {
			r.headers = headers
		}
		return page.Sample{Name: name, Doc: app.doc(r)}
	}
	const name = "X-Pomerium-Jwt-Assertion"
	hello, bare := &App{Name: "Hello", SignOut: "/.pomerium/sign_out"}, &App{Name: "Gatehouse demo"}
	return []page.Sample{
		sample("verified", hello, assertion{header: name, claims: claims, state: verified, audience: true}),
		sample("verified-any-audience", bare, assertion{header: name, claims: claims, state: verified}),
		sample("unchecked", bare, assertion{header: name, claims: claims}),
		sample("refused", hello, assertion{header: name, claims: claims, state: refused, problem: errors.New("check the claims: invalid audience")}),
		sample("no-assertion", bare),
	}
}

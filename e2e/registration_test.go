package e2e

import (
	"net/http"
	"strings"
	"testing"
	"time"
)

// TestAnApplicationRegistersItself has the OpenID client of npm find everything out
// from the issuer: it registers itself, and a person signs in to it.
func TestAnApplicationRegistersItself(t *testing.T) {
	onBoth(t, func(t *testing.T, db database) {
		// Without a domain everything is at the issuer: Node finds no host below localhost.
		d := newDirectory(t, db, strings.Replace(declaredPool, "      domain: declared\n", "", 1))
		openRegistration(t, d)
		for _, method := range []string{"none", "client_secret_basic", "client_secret_post"} {
			t.Run(method, func(t *testing.T) {
				const callback = "http://localhost:3000/callback"
				issuer := "ISSUER=" + d.issuer(declaredID)
				made := decode[struct{ Name, Address, Saved string }](t, runNode(t, "register.mjs", issuer, "CALLBACK="+callback, "METHOD="+method))
				page := newBrowser(t).Until(toApplication).Open(made.Address)
				if !strings.Contains(page.Body, "“Notes beta” registered itself") || !strings.Contains(page.Body, "localhost:3000") {
					t.Errorf("the sign-in page at %s does not say who registered:\n%.2000s", page.URL, page.Body)
				}
				back := signIn(page, "alice", "Alice-2026!")
				codeIn(t, back)
				saw := decode[struct {
					Audience, Renewed bool
					Email             string
				}](t, runNode(t, "redeem.mjs", issuer, "SAVED="+made.Saved, "CAME_BACK="+back.Location().String()))
				if !saw.Audience || !saw.Renewed || saw.Email != "alice@example.com" || made.Name != "Notes beta" {
					t.Errorf("the application saw %+v, and is called %q", saw, made.Name)
				}
			})
		}
	})
}

// openRegistration lets everybody register applications in the declared pool.
func openRegistration(t *testing.T, d *directory) {
	t.Helper()
	id, secret := keyOf(d.accessKey(t))
	body := `{"UserPoolId":"` + declaredID + `","DcrConfiguration":{"OpenDcrEnabled":true}}`
	r, err := http.NewRequestWithContext(bounded(t), http.MethodPost, d.url+"/", strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("X-Amz-Target", "AWSCognitoIdentityProviderService.UpdateUserPool")
	r.Header.Set("Content-Type", "application/x-amz-json-1.1")
	signRequest(t, r, id, secret, "us-east-1", "cognito-idp", time.Now(), body)
	if got := ask(t, r); got.status != http.StatusOK {
		t.Fatalf("UpdateUserPool: %d %s", got.status, got.body)
	}
}

package e2e

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	cognito "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/google/go-cmp/cmp"
)

// TestBadInput sends a running system the requests of an attacker. Each protocol
// must refuse them with its own error. The users in the directory must not
// change.
func TestBadInput(t *testing.T) {
	onBoth(t, func(t *testing.T, db database) {
		w := newAttacked(t, db)
		before := w.people(t)
		for _, attack := range []struct {
			name string
			try  func(*testing.T, *attacked)
		}{
			{"access tokens", forgedTokens},
			{"request signatures", forgedSignatures},
			{"authorization codes", stolenCodes},
			{"redirect targets", strangeTargets},
			{"sessions of the pool", forgedPoolSessions},
			{"sign-in at the gateway", stolenSignIn},
			{"sessions of the gateway", forgedGatewaySessions},
			{"signed links", forgedLinks},
			{"identity headers", forgedIdentity},
			{"hosts", strangeHosts},
			{"sizes", oversized},
		} {
			t.Run(attack.name, func(t *testing.T) { attack.try(t, w) })
		}
		if diff := cmp.Diff(before, w.people(t)); diff != "" {
			t.Errorf("the users have changed (-before +after):\n%s", diff)
		}
		if got := w.tokens(t, w.sdk, "alice", alicePassword); got.AccessToken == nil {
			t.Error("alice can no longer sign in")
		}
		w.stop()
	})
}

// attacked is a system whose upstream records the requests that reach it.
type attacked struct {
	*system
	keys     string // the lines that `gatehouse keys create` printed
	sdk      *cognito.Client
	upstream *recorder
	public   string // base URL of a route that needs no sign-in
	wiki     string // base URL of a second route for admins
}

func newAttacked(t *testing.T, db database) *attacked {
	t.Helper()
	u := newRecorder(t)
	routes := fmt.Sprintf(`
  - from: https://app.{host}
    to: %[1]s
    allowed_idp_claims: {cognito:groups: [admins]}
  - from: https://wiki.{host}
    to: %[1]s
    allowed_idp_claims: {cognito:groups: [admins]}
  - from: https://public.{host}
    to: %[1]s
    allow_public_unauthenticated_access: true
`, u.URL)
	s := newSystem(t, db(t), routes, "")
	w := &attacked{system: s, keys: s.accessKey(t), upstream: u}
	w.public, w.wiki = strings.Replace(s.app, "app.", "public.", 1), strings.Replace(s.app, "app.", "wiki.", 1)
	w.sdk = newSDK(t, s.url, w.keys)
	return w
}

// people returns the status and the attributes of each user in the directory.
func (w *attacked) people(t *testing.T) map[string]string {
	t.Helper()
	all := map[string]string{}
	for _, pool := range []string{staffPool, otherPool} {
		out, err := w.sdk.ListUsers(bounded(t), &cognito.ListUsersInput{UserPoolId: aws.String(pool)})
		if err != nil {
			t.Fatal(err)
		}
		for _, u := range out.Users {
			text := fmt.Sprintf("%s, enabled %t, changed %v:", u.UserStatus, u.Enabled, u.UserLastModifiedDate)
			for _, a := range u.Attributes {
				text += " " + aws.ToString(a.Name) + "=" + aws.ToString(a.Value)
			}
			all[pool+"/"+aws.ToString(u.Username)] = text
		}
	}
	return all
}

// recorder is an upstream that records the requests.
type recorder struct {
	*httptest.Server
	mu   sync.Mutex
	seen []received
}

func newRecorder(t *testing.T) *recorder {
	t.Helper()
	u := &recorder{}
	u.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		u.mu.Lock()
		u.seen = append(u.seen, received{r.Method, r.Host, r.RequestURI, r.Header})
		u.mu.Unlock()
		echo(w, r)
	}))
	t.Cleanup(u.Close)
	return u
}

// take returns the requests since the last call of take.
func (u *recorder) take() []received {
	u.mu.Lock()
	defer u.mu.Unlock()
	seen := u.seen
	u.seen = nil
	return seen
}

// wantNothing fails the test for each request that has reached the upstream.
func (u *recorder) wantNothing(t *testing.T, what string) {
	t.Helper()
	for _, r := range u.take() {
		t.Errorf("%s: %s %s has reached the application", what, r.Method, r.URI)
	}
}

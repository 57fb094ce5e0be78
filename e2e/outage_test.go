package e2e

import (
	"net/http"
	"testing"

	"gatehouse/internal/pgtest"
)

// TestOutage takes the database away under a running process and gives it back.
func TestOutage(t *testing.T) {
	t.Parallel()
	cluster, err := pgtest.Start()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := cluster.Stop(); err != nil {
			t.Error(err)
		}
	})
	d := newDirectory(t, func(*testing.T) string { return cluster.URL() }, declaredPool)
	wantSignIn(t, d, http.StatusOK, "")
	wantProbe(t, d, "/readyz", http.StatusOK)

	if err := cluster.Halt(); err != nil {
		t.Fatal(err)
	}
	for range 3 { // each connection of the pool finds out by itself
		id := wantSignIn(t, d, http.StatusInternalServerError, "InternalErrorException")
		if id == "" {
			t.Error("the failed request has no id")
		}
	}
	wantProbe(t, d, "/readyz", http.StatusServiceUnavailable)
	wantProbe(t, d, "/healthz", http.StatusOK)
	b := newBrowser(t)
	authorize := d.domainURL("declared") + "/oauth2/authorize?response_type=code&client_id=" + declaredClient + "&redirect_uri=https%3A%2F%2Fapp.example.com%2Fcallback"
	if status := b.open(authorize); status/100 != 5 {
		t.Errorf("the sign-in page without a database: got %d, want 5xx", status)
	}
	b.see("went wrong")

	if err := cluster.Start(); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the process to be ready again", func() bool { return get(t, d.url+"/readyz").status == http.StatusOK })
	wantSignIn(t, d, http.StatusOK, "")
	d.stop()
}

// wantSignIn signs in over the API, looks at status and error name, and returns
// the id of the request.
func wantSignIn(t *testing.T, d *directory, status int, exception string) string {
	t.Helper()
	got := send(t, http.MethodPost, d.url+"/",
		`{"ClientId":"`+declaredClient+`","AuthFlow":"USER_PASSWORD_AUTH","AuthParameters":{"USERNAME":"alice","PASSWORD":"Alice-2026!"}}`,
		"Content-Type: application/x-amz-json-1.1", "X-Amz-Target: AWSCognitoIdentityProviderService.InitiateAuth")
	answer := decode[struct {
		Type    string `json:"__type"`
		Message string `json:"message"`
	}](t, got.body)
	if got.status != status || answer.Type != exception {
		t.Errorf("InitiateAuth: got %d %q (%s), want %d %q", got.status, answer.Type, answer.Message, status, exception)
	}
	return got.header.Get("X-Amzn-Requestid")
}

func wantProbe(t *testing.T, d *directory, path string, status int) {
	t.Helper()
	if got := get(t, d.url+path); got.status != status {
		t.Errorf("%s: got %d %s, want %d", path, got.status, got.body, status)
	}
}

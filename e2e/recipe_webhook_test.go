package e2e

import (
	"bufio"
	"context"
	"errors"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"gatehouse/internal/base/seal"
	"gatehouse/internal/base/web"
	"gatehouse/internal/function"
	"gatehouse/internal/testing/recipe"
)

// TestWebhookRecipe runs the webhook of the documentation, and calls it as a server
// does.
func TestWebhookRecipe(t *testing.T) {
	const arn, secret = "arn:aws:lambda:us-east-1:000000000000:function:f", "0123456789abcdef0123456789abcdef"
	address := startWebhook(t, secret)
	record := &firstRequest{next: web.NewTransport()}
	caller := func(secret seal.Secret) *function.Caller {
		return &function.Caller{Entries: []function.Entry{{ARN: arn, Target: &function.Webhook{
			URL: address, Secret: secret, Client: web.NewClient(record, 0), Now: time.Now,
		}}}}
	}
	const token = `{"triggerSource":"TokenGeneration_Authentication","request":{},"response":{"claimsOverrideDetails":null}}`
	got, err := caller(secret).Call(t.Context(), arn, []byte(token))
	if err != nil || !strings.Contains(string(got), `"response":{"claimsOverrideDetails":{"claimsToAddOrOverride":{"tenant":"acme"}}}`) {
		t.Errorf("tokens: %s, %v", got, err)
	}
	const signUp = `{"triggerSource":"PreSignUp_SignUp","request":{"userAttributes":{"email":"mallory@example.org"}},"response":{}}`
	if _, err := caller(secret).Call(t.Context(), arn, []byte(signUp)); !errors.Is(err, function.ErrThrown) || !strings.Contains(err.Error(), "Only addresses at example.com may sign up") {
		t.Errorf("sign-up: %v", err)
	}
	if _, err := caller("another secret").Call(t.Context(), arn, []byte(token)); !errors.Is(err, function.ErrFailed) || !strings.Contains(err.Error(), "HTTP 401") {
		t.Errorf("another secret: %v", err)
	}
	record.replay(t, address, token)
}

// startWebhook runs the recipe's program and returns its address.
func startWebhook(t *testing.T, secret string) *url.URL {
	t.Helper()
	blocks, err := recipe.Load("..", "webhook")
	if err != nil || len(blocks) != 1 {
		t.Fatalf("%d blocks, %v", len(blocks), err)
	}
	file := filepath.Join(t.TempDir(), blocks[0].File)
	if err := os.WriteFile(file, []byte(blocks[0].Text), 0o600); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cmd := exec.CommandContext(ctx, tool(t, "node"), file)
	cmd.Env = append(os.Environ(), "PORT=0", "WEBHOOK_SECRET="+secret)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { cancel(); cmd.Wait() })
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	address, err := url.Parse(strings.TrimSpace(line))
	if err != nil {
		t.Fatal(err)
	}
	return address
}

// firstRequest keeps the headers of the first request.
type firstRequest struct {
	next  http.RoundTripper
	first http.Header
}

func (r *firstRequest) RoundTrip(q *http.Request) (*http.Response, error) {
	if r.first == nil {
		r.first = q.Header.Clone()
	}
	return r.next.RoundTrip(q)
}

// replay sends the first request again, which the webhook must refuse.
func (r *firstRequest) replay(t *testing.T, address *url.URL, body string) {
	t.Helper()
	q, err := http.NewRequestWithContext(t.Context(), http.MethodPost, address.String(), strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	q.Header = r.first
	answer, err := r.next.RoundTrip(q)
	if err != nil {
		t.Fatal(err)
	}
	answer.Body.Close()
	if answer.StatusCode != http.StatusUnauthorized {
		t.Errorf("a request that was sent again: %d, want 401", answer.StatusCode)
	}
}

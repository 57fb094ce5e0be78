package remote

import (
	"context"
	"crypto/subtle"
	"errors"
	"fmt"
	"net"
	"net/http"
	"time"

	"gatehouse/internal/base/ids"
	"gatehouse/internal/base/page"
)

// signInTime is how long a sign-in waits for the user.
const signInTime = 5 * time.Minute

// ErrTooLate ends a sign-in that nobody finished.
var ErrTooLate = errors.New("nobody signed in within five minutes; run the command again, and open the link that it prints")

// SignIn signs the user in with the browser, and keeps the credential. The gateway
// sends the browser with it to a loopback address, whose path nobody else knows: a page
// of another site could otherwise sign the program in as somebody else.
func (g *Gateway) SignIn(ctx context.Context) (Credential, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, signInTime, ErrTooLate)
	defer cancel()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return Credential{}, fmt.Errorf("listen for the answer of the sign-in: %w", err)
	}
	back := &arrival{path: "/" + ids.Token(), token: make(chan string, 1)}
	server := &http.Server{Handler: back, ReadHeaderTimeout: askTime}
	served := make(chan error, 1)
	go func() { served <- server.Serve(listener) }()
	token, err := g.waitFor(ctx, back, "http://"+listener.Addr().String()+back.path)
	// The page that says so is on its way to the browser.
	ending, end := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
	defer end()
	_ = server.Shutdown(ending)
	_ = server.Close()
	<-served
	if err != nil {
		return Credential{}, err
	}
	c := newCredential(token)
	if err := g.Keep.store(g.URL.String(), c); err != nil {
		return Credential{}, fmt.Errorf("keep the credential: %w", err)
	}
	return c, nil
}

// waitFor opens the browser and waits until it comes back.
func (g *Gateway) waitFor(ctx context.Context, back *arrival, address string) (string, error) {
	link, err := g.loginLink(ctx, address)
	if err != nil {
		return "", err
	}
	if err := g.Open(ctx, link); err != nil {
		return "", err
	}
	select {
	case token := <-back.token:
		return token, nil
	case <-ctx.Done():
		return "", context.Cause(ctx)
	}
}

// arrival is where the browser brings the credential.
type arrival struct {
	path  string
	token chan string
}

// arrived tells the user that the program goes on.
var arrived = page.Doc{Title: "You are signed in", Lead: "You can close this window and go back to your program."}

// ServeHTTP implements http.Handler.
func (a *arrival) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	token := r.URL.Query().Get(paramJWT)
	if r.Method != http.MethodGet || subtle.ConstantTimeCompare([]byte(r.URL.Path), []byte(a.path)) != 1 || token == "" {
		http.NotFound(w, r)
		return
	}
	_ = page.Write(w, http.StatusOK, arrived) // it can always be made
	select {
	case a.token <- token:
	default: // the page was opened again
	}
}

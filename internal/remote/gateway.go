package remote

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"gatehouse/internal/base/seal"
)

// Pomerium's paths and names.
const (
	pathLogin     = "/.pomerium/api/v1/login"
	pathUser      = "/.pomerium/user"
	paramRedirect = "pomerium_redirect_uri"
	paramJWT      = "pomerium_jwt"
	headerMark    = "X-Pomerium-Intercepted-Response" // marks the gateway's own answers
)

// pathSocket is where Gatehouse takes WebSockets for TCP. Pomerium has no such path.
const pathSocket = "/.pomerium/tcp/"

// askTime limits each question to the gateway.
const askTime = 20 * time.Second

// Gateway is one host of a gateway, as a program sees it.
type Gateway struct {
	URL  *url.URL                                     // scheme and host alone count
	HTTP *http.Client                                 // asks the gateway; redirects are not followed
	Keep Keep                                         // of credentials
	Open func(ctx context.Context, link string) error // opens the user's browser
	Now  func() time.Time

	// Account passes in place of the user. If it is nil, the user signs in. With it, Keep
	// and Open are not used.
	Account Account
}

// ParseGateway reads the URL of a gateway. Over plain HTTP others could read the
// credential, so it is for this machine alone.
func ParseGateway(text string) (*url.URL, error) {
	u, err := url.Parse(text)
	if err != nil || u.Host == "" || u.User != nil || u.Scheme != "https" && u.Scheme != "http" {
		return nil, fmt.Errorf("%q is not the URL of a gateway; write it like https://k8s.corp.example.com", text)
	}
	if u.Scheme == "http" && !loopback(u.Hostname()) {
		return nil, fmt.Errorf("%s would send your credential in plain text; write https://%s", text, u.Host)
	}
	return &url.URL{Scheme: u.Scheme, Host: withoutDefaultPort(u)}, nil
}

func loopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || strings.HasSuffix(host, ".localhost") || ip != nil && ip.IsLoopback()
}

// withoutDefaultPort returns the host as browsers write it: the gateway signs links
// with that spelling.
func withoutDefaultPort(u *url.URL) string {
	host := strings.ToLower(u.Host)
	if u.Scheme == "https" {
		return strings.TrimSuffix(host, ":443")
	}
	return strings.TrimSuffix(host, ":80")
}

// Credential returns a credential that the gateway accepts: the kept one, or one of a
// new sign-in. That of a service account is returned as it is.
func (g *Gateway) Credential(ctx context.Context) (Credential, error) {
	if g.Account != nil {
		return g.accountCredential()
	}
	kept, err := g.Keep.load(g.URL.String())
	if err != nil {
		return Credential{}, fmt.Errorf("read the kept credential: %w", err)
	}
	if !kept.ended(g.Now()) && g.accepts(ctx, kept.Token) {
		return kept, nil
	}
	return g.SignIn(ctx)
}

// accepts reports whether the gateway still knows the session of a credential. A
// gateway that can't be asked may do so.
func (g *Gateway) accepts(ctx context.Context, token seal.Secret) bool {
	resp, err := g.get(ctx, pathUser, "Pomerium "+token.Reveal())
	if err != nil {
		return true
	}
	defer resp.Body.Close()
	return resp.StatusCode != http.StatusNotFound && resp.StatusCode != http.StatusUnauthorized
}

// withoutURL returns the error of a call without its URL, which has an address of ours
// that is nobody else's business.
func withoutURL(err error) error {
	var of *url.Error
	if errors.As(err, &of) {
		return of.Err
	}
	return err
}

// helpToTrust says what to try where the certificate of a gateway is not trusted.
func helpToTrust(err error) string {
	if errors.As(err, new(x509.UnknownAuthorityError)) {
		return "; if its certificate is of an authority of your own, name the file with --ca"
	}
	return ""
}

// loginLink asks for the link that signs in and leads to an address of ours.
func (g *Gateway) loginLink(ctx context.Context, back string) (string, error) {
	resp, err := g.get(ctx, pathLogin+"?"+url.Values{paramRedirect: {back}}.Encode(), "")
	if err != nil {
		return "", fmt.Errorf("ask %s for a sign-in: %w%s", g.URL, withoutURL(err), helpToTrust(err))
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(io.LimitReader(resp.Body, 64<<10))
	switch {
	case err != nil:
		return "", fmt.Errorf("ask %s for a sign-in: %w", g.URL, err)
	case resp.StatusCode == http.StatusNotFound:
		return "", fmt.Errorf("%s has no sign-in for programs: is it a gateway, and does a route have this host?", g.URL)
	case resp.StatusCode == http.StatusBadRequest:
		return "", fmt.Errorf("%s does not send credentials to this machine: add localhost to programmatic_redirect_domain_whitelist", g.URL)
	case resp.StatusCode != http.StatusOK:
		return "", fmt.Errorf("ask %s for a sign-in: it answers %s", g.URL, resp.Status)
	}
	link := strings.TrimSpace(string(text))
	if _, err := ParseGateway(link); err != nil {
		return "", errors.New("the gateway answers something else than a link to sign in")
	}
	return link, nil
}

func (g *Gateway) get(ctx context.Context, path, authorization string) (*http.Response, error) {
	ctx, cancel := context.WithTimeout(ctx, askTime)
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, g.URL.String()+path, nil)
	if err != nil {
		cancel()
		return nil, err
	}
	r.Header.Set("Accept", "text/plain, application/json")
	if authorization != "" {
		r.Header.Set("Authorization", authorization)
	}
	resp, err := g.HTTP.Do(r)
	if err != nil {
		cancel()
		return nil, err
	}
	resp.Body = closing{resp.Body, cancel}
	return resp, nil
}

// closing ends the time of a question with the reading of its answer.
type closing struct {
	io.ReadCloser
	end func()
}

func (c closing) Close() error {
	defer c.end()
	return c.ReadCloser.Close()
}

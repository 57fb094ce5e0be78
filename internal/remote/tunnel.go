package remote

import (
	"bufio"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"gatehouse/internal/base/hostname"
	"gatehouse/internal/base/seal"
	"gatehouse/internal/base/web"
	"gatehouse/internal/base/websocket"
)

// Target is what a tunnel leads to, and where it goes in.
type Target struct {
	Authority string   // host and port
	Gateway   *url.URL // which host of the gateway the user signs in at
}

// ParseTarget reads a host and a port, or the URL of a route for TCP. gateway is the
// gateway's URL, "" for the host of the target.
func ParseTarget(text, gateway string) (Target, error) {
	bad := fmt.Errorf("%q is not a host and a port; write it like redis.corp.example.com:6379", text)
	authority, in := text, ""
	if strings.Contains(text, "://") {
		u, err := url.Parse(text)
		if err != nil || u.Scheme != "tcp+https" && u.Scheme != "tcp+http" {
			return Target{}, bad
		}
		authority, in = u.Host, strings.TrimPrefix(u.Scheme, "tcp+")+"://"+u.Host
		if path := strings.Trim(u.Path, "/"); path != "" {
			authority = path
		} else {
			in = strings.TrimSuffix(in, ":"+u.Port())
		}
	}
	host, port, ok := hostname.Parse(authority)
	if ok && port == "" && in != "" && !strings.HasSuffix(authority, ":") {
		port = "443" // of the route, whose URL has none
	}
	if !ok || port == "" {
		return Target{}, bad
	}
	authority = net.JoinHostPort(host, port)
	switch {
	case gateway != "":
		in = gateway
	case in == "":
		in = "https://" + strings.TrimSuffix(authority, ":"+port)
	}
	u, err := ParseGateway(in)
	return Target{Authority: authority, Gateway: u}, err
}

// Tunnel connects with a target through the gateway, in the name of its user.
type Tunnel struct {
	*Gateway
	Target string      // host and port
	TLS    *tls.Config // for the gateway
	// Proxy returns the proxy on the way to the gateway, nil if there is none.
	Proxy func(*http.Request) (*url.URL, error)
	// WebSocket asks for no CONNECT. Without it, a WebSocket is the second way, if
	// something before the gateway refuses CONNECT.
	WebSocket bool

	noConnect atomic.Bool // the second way has led to the gateway
	signing   sync.Mutex  // held during a sign-in, and not while the target is connected
}

// ErrNotAllowed says that the policy of the route does not let the user in.
var ErrNotAllowed = errors.New("you are signed in, and the gateway does not allow you this target")

// errSignIn says that the gateway wants another credential.
var errSignIn = errors.New("the gateway asks for a sign-in again and again; check the clock of this machine")

// Dial returns a connection with the target. It signs the user in if the gateway asks
// for it: at first, and when the kept credential has ended. A service account that the
// gateway refuses is ErrAccountRefused.
func (t *Tunnel) Dial(ctx context.Context) (net.Conn, error) {
	if t.Account != nil {
		return t.dialAccount(ctx)
	}
	kept, err := t.Keep.load(t.URL.String())
	if err != nil {
		return nil, fmt.Errorf("read the kept credential: %w", err)
	}
	if kept.ended(t.Now()) {
		kept = Credential{}
	}
	conn, err := t.connect(ctx, kept.Token)
	if !errors.Is(err, errSignIn) {
		return conn, err
	}
	fresh, err := t.signInAfter(ctx, kept)
	if err != nil {
		return nil, err
	}
	return t.connect(ctx, fresh.Token)
}

// signInAfter signs the user in because the gateway has refused a credential. One
// sign-in at a time serves all that wait.
func (t *Tunnel) signInAfter(ctx context.Context, refused Credential) (Credential, error) {
	t.signing.Lock()
	defer t.signing.Unlock()
	kept, err := t.Keep.load(t.URL.String())
	if err == nil && kept.Token != "" && kept.Token != refused.Token && !kept.ended(t.Now()) {
		return kept, nil
	}
	return t.SignIn(ctx)
}

// connect asks the gateway for the tunnel with a credential, which may be none.
func (t *Tunnel) connect(ctx context.Context, token seal.Secret) (net.Conn, error) {
	ctx, cancel := context.WithTimeout(ctx, 2*askTime) // of which the gateway may need half to reach the target
	defer cancel()
	if t.WebSocket || t.noConnect.Load() {
		return t.result(t.attempt(ctx, token, t.askSocket))
	}
	conn, answer, err := t.attempt(ctx, token, t.askTarget)
	if answer.isGateway() || errors.Is(err, errNotReached) {
		return t.result(conn, answer, err)
	}
	second, heard, failed := t.attempt(ctx, token, t.askSocket)
	if !heard.isGateway() || heard.status == http.StatusNotFound { // no help: the first refusal says more
		return t.result(nil, answer, err)
	}
	t.noConnect.Store(true)
	return t.result(second, heard, failed)
}

// errNotReached is the reason why nobody could be asked for a tunnel.
var errNotReached = errors.New("reach the gateway")

// attempt connects with the gateway and asks it for the tunnel in one of two ways. It returns
// the tunnel or, if the error is nil, a refusal.
func (t *Tunnel) attempt(ctx context.Context, token seal.Secret, way func(context.Context, net.Conn, http.Header) (net.Conn, answer, error)) (net.Conn, answer, error) {
	conn, err := t.dialGateway(ctx)
	if err != nil {
		return nil, answer{}, fmt.Errorf("%w %s: %w%s", errNotReached, t.URL.Host, err, helpToReach(err))
	}
	header := http.Header{"Accept": {"text/plain"}}
	if token != "" {
		header.Set("Authorization", "Pomerium "+token.Reveal())
	}
	tunnel, got, err := way(ctx, conn, header)
	if tunnel == nil {
		_ = conn.Close()
	}
	return tunnel, got, err
}

// askTarget asks for the target by CONNECT.
func (t *Tunnel) askTarget(ctx context.Context, conn net.Conn, header http.Header) (net.Conn, answer, error) {
	return askConnect(ctx, conn, t.Target, header)
}

// askSocket asks for the target by WebSocket.
func (t *Tunnel) askSocket(ctx context.Context, conn net.Conn, header http.Header) (net.Conn, answer, error) {
	u := &url.URL{Scheme: "http", Host: t.URL.Host, Path: pathSocket + t.Target} // TLS, if any, is on the connection already
	socket, resp, err := websocket.Dial(ctx, conn, u, header)
	switch {
	case err == nil:
		return socket, answer{status: resp.StatusCode, marked: true}, nil
	case resp != nil && resp.StatusCode != http.StatusSwitchingProtocols:
		return nil, refusal(resp), nil
	}
	return nil, answer{}, fmt.Errorf("ask for a tunnel to %s by WebSocket: %w", t.Target, err)
}

// result turns a refusal into an error.
func (t *Tunnel) result(conn net.Conn, got answer, err error) (net.Conn, error) {
	if conn == nil && err == nil {
		err = t.refused(got)
	}
	return conn, err
}

// helpToReach says what to try where a gateway can't be reached as it is.
func helpToReach(err error) string {
	var refused *net.OpError
	if errors.As(err, &refused) && refused.Op == "dial" {
		return "; if the gateway is elsewhere, such as at another port, name it with --gateway"
	}
	return helpToTrust(err)
}

// refused says why there is no tunnel.
func (t *Tunnel) refused(a answer) error {
	switch a.status {
	case http.StatusFound, http.StatusMovedPermanently, http.StatusTemporaryRedirect, http.StatusPermanentRedirect, http.StatusUnauthorized:
		return t.wantsAnother(a)
	case http.StatusForbidden:
		return t.notAllowed(a)
	case http.StatusNotFound:
		return fmt.Errorf("the gateway %s has no route for %s: check the host and the port, which must be those of a route with tcp+https", t.URL.Host, t.Target)
	case http.StatusMethodNotAllowed, http.StatusMisdirectedRequest, http.StatusNotImplemented:
		return fmt.Errorf("%s tunnels no connections: name the gateway with --gateway, or ask the people who run it whether a proxy in front of it stops CONNECT and WebSockets", t.URL.Host)
	case http.StatusServiceUnavailable:
		return fmt.Errorf("the gateway can't reach the target %s at the moment: %s", t.Target, a.text)
	}
	return fmt.Errorf("the gateway %s answers %d: %s", t.URL.Host, a.status, a.text)
}

// answer is what came in answer to the question for a tunnel.
type answer struct {
	status int
	text   string
	marked bool // as an answer of the gateway's own, or it is the tunnel
}

// isGateway reports whether the gateway itself has answered, and nothing before it. A
// redirect is one to sign in, also where it is not marked.
func (a answer) isGateway() bool {
	return a.marked || a.status/100 == 3 || a.status == http.StatusUnauthorized
}

// refusal reads an answer that opens no tunnel.
func refusal(resp *http.Response) answer {
	text, _ := io.ReadAll(io.LimitReader(resp.Body, 1000)) // what there is of it
	return answer{resp.StatusCode, plainLine(string(text), resp.Status), resp.Header.Get(headerMark) != ""}
}

// askConnect asks for a connection with a target by CONNECT. If the answer is a refusal, the
// connection that it returns is nil.
func askConnect(ctx context.Context, conn net.Conn, target string, header http.Header) (net.Conn, answer, error) {
	failed := func(err error) (net.Conn, answer, error) {
		return nil, answer{}, fmt.Errorf("ask %s for a tunnel: %w", conn.RemoteAddr(), err)
	}
	stop := context.AfterFunc(ctx, func() { _ = conn.SetDeadline(time.Unix(1, 0)) }) // in the past
	r := &http.Request{Method: http.MethodConnect, URL: &url.URL{Opaque: target}, Host: target, Header: header}
	if err := r.Write(conn); err != nil {
		return failed(err)
	}
	reader := bufio.NewReader(conn)
	resp, err := http.ReadResponse(reader, r)
	if err != nil {
		return failed(err)
	}
	if resp.StatusCode != http.StatusOK {
		return nil, refusal(resp), nil
	}
	if !stop() {
		return nil, answer{}, context.Cause(ctx)
	}
	return &joined{conn, reader}, answer{status: resp.StatusCode, marked: true}, nil
}

// plainLine returns a text of the gateway as one line that no terminal obeys, or what
// to say instead of none.
func plainLine(text, otherwise string) string {
	text = strings.Map(func(r rune) rune {
		if r < ' ' || r >= 0x7f && r < 0xa0 {
			return ' '
		}
		return r
	}, text)
	if text = strings.TrimSpace(text); text == "" || strings.HasPrefix(text, "<") {
		return otherwise
	}
	return text
}

// joined is a tunnel: what was read with the answer comes first.
type joined struct {
	net.Conn
	reader *bufio.Reader
}

func (j *joined) Read(p []byte) (int, error) { return j.reader.Read(p) }

// CloseWrite tells the other side that nothing more comes.
func (j *joined) CloseWrite() error {
	if half, ok := j.Conn.(interface{ CloseWrite() error }); ok {
		return half.CloseWrite()
	}
	return nil
}

// dialGateway connects with the gateway, through the proxy on the way if there is one.
func (t *Tunnel) dialGateway(ctx context.Context) (net.Conn, error) {
	address := withPort(t.URL)
	proxy, err := t.Proxy(&http.Request{URL: t.URL})
	if err != nil {
		return nil, err
	}
	var conn net.Conn
	if proxy == nil {
		conn, err = web.DialLocal(ctx, &net.Dialer{Timeout: askTime}, "tcp", address)
	} else {
		conn, err = t.dialThrough(ctx, proxy, address)
	}
	if err != nil || t.URL.Scheme == "http" {
		return conn, err
	}
	return handshake(ctx, conn, t.TLS, t.URL.Hostname())
}

// dialThrough asks a proxy for a connection (HTTPS_PROXY).
func (t *Tunnel) dialThrough(ctx context.Context, proxy *url.URL, address string) (net.Conn, error) {
	if proxy.Scheme != "http" && proxy.Scheme != "https" {
		return nil, fmt.Errorf("the proxy %s has a scheme that is not known here: use one with http:// or https://", proxy.Redacted())
	}
	conn, err := (&net.Dialer{Timeout: askTime}).DialContext(ctx, "tcp", withPort(proxy))
	if err == nil && proxy.Scheme == "https" {
		conn, err = handshake(ctx, conn, web.Unproven(t.TLS), proxy.Hostname())
	}
	if err != nil {
		return nil, fmt.Errorf("reach the proxy %s: %w", proxy.Redacted(), err)
	}
	header := http.Header{}
	if proxy.User != nil {
		password, _ := proxy.User.Password()
		basic := &http.Request{Header: http.Header{}}
		basic.SetBasicAuth(proxy.User.Username(), password)
		header.Set("Proxy-Authorization", basic.Header.Get("Authorization"))
	}
	through, answer, err := askConnect(ctx, conn, address, header)
	if err == nil && through == nil {
		err = fmt.Errorf("the proxy %s answers %d: %s", proxy.Redacted(), answer.status, answer.text)
	}
	if err != nil {
		_ = conn.Close()
		return nil, err
	}
	return through, nil
}

// handshake makes TLS of a connection, for HTTP/1.1.
func handshake(ctx context.Context, conn net.Conn, cfg *tls.Config, name string) (net.Conn, error) {
	cfg = cfg.Clone()
	cfg.ServerName, cfg.NextProtos = name, []string{"http/1.1"}
	secure := tls.Client(conn, cfg)
	if err := secure.HandshakeContext(ctx); err != nil {
		_ = conn.Close()
		return nil, err
	}
	return secure, nil
}

func withPort(u *url.URL) string {
	port := u.Port()
	if port == "" {
		port = map[string]string{"https": "443", "http": "80"}[u.Scheme]
	}
	return net.JoinHostPort(u.Hostname(), port)
}

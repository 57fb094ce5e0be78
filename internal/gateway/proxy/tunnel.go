package proxy

import (
	"cmp"
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"slices"
	"time"

	"gatehouse/internal/base/web"
	"gatehouse/internal/gateway/balance"
)

// isTunnel reports whether a route is for TCP connections.
func (r *Route) isTunnel() bool { return r.Route != nil && r.Tunnels != nil }

// compileTunnel reads the upstreams of a route for TCP. They are chosen and connected as
// those for HTTP are.
func (cfg *Config) compileTunnel(cr *compiledRoute, f *forwarder, ts *transports) error {
	cr.connect = ts.dialer(cr.Balancing.ConnectTimeout)
	for _, u := range cr.To {
		t := tunnelTarget(u.URL)
		if t == nil || u.URL.Scheme != cr.To[0].URL.Scheme {
			return errors.New("to: the upstreams of a route for TCP have the scheme tcp, a host and a port, or all of them are proxies with http or with https")
		}
		cr.targets = append(cr.targets, t)
	}
	if len(cr.To) == 0 {
		return errors.New("to: a route for TCP needs an upstream")
	}
	cr.proxying = ts.compileProxying(cr, f)
	if cr.balances() || cr.Balancing.Connections != nil {
		cr.set = cfg.newSet(cr, ts, f.earlier(cr).set)
	}
	return nil
}

// tunnelTarget returns the target of an upstream of a route for TCP, or nil if it is
// none.
func tunnelTarget(u *url.URL) *target {
	switch {
	case u == nil || u.Hostname() == "":
		return nil
	case u.Scheme == "tcp" && u.Port() != "":
		return &target{scheme: "http", host: u.Host} // the scheme is for health checks
	case u.Scheme == "http" || u.Scheme == "https":
		return &target{scheme: u.Scheme, host: net.JoinHostPort(u.Hostname(), cmp.Or(u.Port(), defaultPort(u.Scheme)))}
	}
	return nil
}

// dial connects with an upstream of the route: the chosen one, else another that
// answers. over ends what it began.
func (x *exchange) dial(ctx context.Context) (net.Conn, error) {
	if err := x.choose(); err != nil {
		return nil, err
	}
	set := x.route.set
	if set == nil {
		return x.dialChosen(ctx)
	}
	if !set.Waits() {
		return nil, ErrUpstreamBusy
	}
	defer set.Waited()
	conn, err := x.dialChosen(ctx)
	var tried []*balance.Host
	for err != nil && ctx.Err() == nil && !errors.Is(err, errNotTunneled) {
		tried = append(tried, x.upstream)
		other := set.Pick(x.balancingKey(), tried)
		if other == nil || !set.Retries() {
			return nil, err
		}
		x.goTo(other)
		conn, err = x.dialChosen(ctx)
		set.Retried()
	}
	return conn, err
}

// dialChosen connects with the chosen upstream, and tells its set what came of it.
// Envoy: a connection that is made is no failure, and one that is not is one.
func (x *exchange) dialChosen(ctx context.Context) (net.Conn, error) {
	most := x.route.Balancing.Connections
	if most != nil && x.upstream.Busy() > int64(*most) {
		return nil, ErrUpstreamBusy
	}
	status := http.StatusOK
	conn, err := x.route.connect(ctx, "tcp", x.target.host)
	switch {
	case err != nil:
		status = 0
		if ctx.Err() == nil {
			err = ErrUpstreamDown.Because(err)
		}
	case x.route.proxying != nil:
		conn, status, err = x.route.proxying.through(ctx, conn, x)
	}
	if x.upstream != nil && (err == nil || ctx.Err() == nil) {
		x.route.set.Report(x.upstream, status)
	}
	return conn, err
}

// tunnel joins an allowed connection with one to an upstream, until both have said
// their last, the session ends, or a new configuration does not allow it any more.
func (f *forwarder) tunnel(r *http.Request, x *exchange) error {
	lasting := r.Context()
	if r.ProtoMajor < 2 { // net/http ends a stream with its handler
		lasting = x.outlast(lasting)
	}
	ctx, heard, stop := watchSilence(lasting, x.route.idle)
	ctx = x.begin(ctx, x.route.timeout)
	x.silence, x.stopSilence = heard, stop
	defer func() {
		if !x.goesOn {
			f.over(x)
		}
	}()
	if x.session != nil && x.personal() {
		f.sessions.Attend(ctx, &x.attendee, x.session, x)
	}
	f.open.add(x, f)
	t, err := f.openTunnel(ctx, r, x)
	switch {
	case err != nil:
		return err
	case r.ProtoMajor < 2:
		f.afterHandler(ctx, x, t.join)
	default:
		t.join()
	}
	return nil // the client has its answer
}

// openTunnel connects with an upstream, and answers the client that the tunnel is there.
func (f *forwarder) openTunnel(ctx context.Context, r *http.Request, x *exchange) (*tunnel, error) {
	if x.route.proxying != nil {
		if err := f.identify(r, x); err != nil {
			return nil, err
		}
	}
	upstream, err := x.dial(ctx)
	switch why := x.ended.Load(); {
	case err != nil && why != nil:
		return nil, *why
	case err != nil && ctx.Err() != nil:
		return nil, ErrUpstreamDown.Because(err)
	case err != nil:
		return nil, err
	}
	client, err := x.accept(r)
	if err != nil {
		upstream.Close()
		return nil, err
	}
	t := &tunnel{x: x, ctx: ctx, client: client, upstream: upstream}
	t.stop = atEnd(ctx, t.cut)
	return t, nil
}

// tunnel is the two connections of an exchange with a route for TCP.
type tunnel struct {
	x        *exchange
	ctx      context.Context // of the exchange
	client   tunnelClient
	upstream net.Conn
	stop     func() // of cut, at the end of the exchange
}

// join joins the connections until both ways have ended, and closes them.
func (t *tunnel) join() {
	defer t.upstream.Close()
	defer t.closeClient()
	defer t.stop()
	received, sent := t.x.join(t.client, t.upstream)
	web.Note(t.ctx, slog.String("upstream", t.upstream.RemoteAddr().String()), slog.Int64("tunnel_received", received), slog.Int64("tunnel_sent", sent))
	switch why := t.x.ended.Load(); {
	case why != nil:
		web.NoteError(t.ctx, *why)
	case context.Cause(t.ctx) == errSilent:
		web.NoteError(t.ctx, errSilent)
	}
}

// closeClient closes the client's end. If the tunnel was ended before its time, the client
// must not take that for the last word of the target.
func (t *tunnel) closeClient() {
	if t.ctx.Err() != nil {
		t.client.abandon()
		return
	}
	_ = t.client.Close()
}

func (t *tunnel) cut() {
	t.client.cut()
	_ = t.upstream.SetDeadline(time.Unix(1, 0)) // in the past
}

// atEnd calls do when ctx ends, unless the function that it returns is called before.
// That one waits for a call under way: nothing may touch a stream of HTTP/2 after its
// handler.
func atEnd(ctx context.Context, do func()) (stop func()) {
	done := make(chan struct{})
	unused := context.AfterFunc(ctx, func() {
		defer close(done)
		do()
	})
	return func() {
		if !unused() {
			<-done
		}
	}
}

// tunnelClient is the client's end of a tunnel.
type tunnelClient interface {
	io.ReadWriteCloser
	CloseWrite() error // says that nothing more comes; what the client sends is still read for a while
	cut()              // ends reading and writing at once
	abandon()          // closes it after cut, as a connection that failed
}

// accept answers that the tunnel is there, and returns the client's end of it.
func (x *exchange) accept(r *http.Request) (tunnelClient, error) {
	switch {
	case r.Method != http.MethodConnect:
		return x.acceptSocket(r)
	case r.ProtoMajor < 2:
		return x.acceptConnection(r.Context())
	}
	client := &tunnelStream{body: r.Body, answer: x.answer, limits: http.NewResponseController(x.answer.ResponseWriter)}
	_ = client.limits.SetReadDeadline(time.Time{}) // those of the server are for requests
	_ = client.limits.SetWriteDeadline(time.Time{})
	x.answer.WriteHeader(http.StatusOK)
	return client, client.limits.Flush()
}

// acceptConnection takes a whole connection of HTTP/1.1.
func (x *exchange) acceptConnection(ctx context.Context) (tunnelClient, error) {
	client, err := x.hijack()
	if err != nil {
		return nil, err
	}
	web.NoteStatus(ctx, http.StatusOK)
	_, err = io.WriteString(client, "HTTP/1.1 200 Connection established\r\n\r\n")
	if err != nil {
		client.cut() // the first byte to be copied fails, and the log has the reason
	}
	return client, nil
}

// hijack takes the client's connection of HTTP/1.1 from net/http.
func (x *exchange) hijack() (*tunnelConn, error) {
	conn, buffered, err := x.answer.Hijack()
	if err != nil {
		return nil, err
	}
	early, _ := buffered.Reader.Peek(buffered.Reader.Buffered()) // what the client did not wait to send
	return &tunnelConn{Conn: conn, early: slices.Clone(early)}, nil
}

// tunnelConn is a connection that was HTTP/1.1.
type tunnelConn struct {
	net.Conn
	early []byte
}

func (c *tunnelConn) Read(p []byte) (int, error) {
	if len(c.early) > 0 {
		n := copy(p, c.early)
		c.early = c.early[n:]
		return n, nil
	}
	return c.Conn.Read(p)
}

func (c *tunnelConn) CloseWrite() error {
	half, ok := c.Conn.(interface{ CloseWrite() error })
	if !ok {
		return errors.ErrUnsupported
	}
	return errors.Join(half.CloseWrite(), c.SetReadDeadline(time.Now().Add(lingerTime)))
}

func (c *tunnelConn) cut() { _ = c.SetDeadline(time.Unix(1, 0)) }

// abandon resets the connection. Its end alone would look like the target's: clients
// accept one without the alert of TLS (RFC 8446 §6.1) at the end of a record.
func (c *tunnelConn) abandon() {
	conn := c.Conn
	for {
		outer, ok := conn.(interface{ NetConn() net.Conn })
		if !ok {
			break
		}
		conn = outer.NetConn()
	}
	if socket, ok := conn.(interface{ SetLinger(int) error }); ok {
		_ = socket.SetLinger(0)
	}
	_ = conn.Close()
}

// tunnelStream is a stream of HTTP/2.
type tunnelStream struct {
	body   io.ReadCloser
	answer *answerWriter
	limits *http.ResponseController
}

func (s *tunnelStream) Read(p []byte) (int, error) { return s.body.Read(p) }

func (s *tunnelStream) Write(p []byte) (int, error) {
	n, err := s.answer.Write(p)
	if err == nil {
		err = s.limits.Flush()
	}
	return n, err
}

// CloseWrite ends the reading too: net/http ends both directions of a stream together.
func (s *tunnelStream) CloseWrite() error { return s.limits.SetReadDeadline(time.Unix(1, 0)) }

func (s *tunnelStream) Close() error { return s.body.Close() }

func (s *tunnelStream) cut() {
	_ = s.limits.SetReadDeadline(time.Unix(1, 0))
	_ = s.limits.SetWriteDeadline(time.Unix(1, 0))
}

func (s *tunnelStream) abandon() { _ = s.Close() } // net/http resets a stream that could not be written to

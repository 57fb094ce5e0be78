package e2e

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"crypto/tls"
	"encoding/hex"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"

	"golang.org/x/net/websocket"
	"google.golang.org/grpc/interop/grpc_testing"
)

// TestNothingIsLostInAHundredReloads changes the configuration a hundred times while
// clients of every kind are at work. None of them may notice, and nothing may be left of
// the configurations before. At SIGTERM, what is under way is brought to its end.
func TestNothingIsLostInAHundredReloads(t *testing.T) {
	t.Parallel()
	l := newLoad(t)
	l.start(map[string]func(context.Context) error{
		"pages over HTTP/1.1": l.pages(false), "pages over HTTP/2": l.pages(true), "new connections": l.newConnections,
		"uploads": l.uploads, "events": l.events, "a websocket": l.websocket,
		"gRPC calls": l.calls, "a gRPC stream": l.stream,
		"a tunnel": l.tunnel(l.byCONNECT), "a tunnel by WebSocket": l.tunnel(l.byWebSocket),
	})
	l.reload(0, 10)
	goroutines, files := l.measured("go_goroutines"), l.measured("process_open_fds")
	l.reload(10, 110)
	// The load itself opens and closes connections all the time: a few more are no leak.
	eventually(t, "goroutines and files to be no more than before", func() bool {
		return l.measured("go_goroutines") < goroutines+40 && l.measured("process_open_fds") < files+20
	})
	for name, rounds := range l.rounds {
		before := rounds.Load()
		eventually(t, name+" to go on", func() bool { return rounds.Load() > before })
	}
	l.stop()
	l.endsGracefully()
}

// load is clients at work with a gateway, and what they reach through it.
type load struct {
	t             *testing.T
	gateway       *process
	config        string
	text          string // of the configuration
	port, metrics int
	held          chan struct{} // a request to /held is answered when it is closed
	arrived       chan struct{} // such a request has come

	rounds map[string]*atomic.Int64 // that each client has done
	end    func()                   // of the clients
	busy   sync.WaitGroup
}

func newLoad(t *testing.T) *load {
	l := &load{t: t, port: freePort(t), metrics: freePort(t), held: make(chan struct{}), arrived: make(chan struct{}, 2), rounds: map[string]*atomic.Int64{}}
	app := httptest.NewServer(l.application())
	t.Cleanup(app.Close)
	l.text = strings.NewReplacer("{port}", fmt.Sprint(l.port), "{metrics}", fmt.Sprint(l.metrics), "{cert}", suite.authority.cert, "{key}", suite.authority.key,
		"{data}", t.TempDir(), "{app}", app.URL, "{echo}", newEcho(t), "{grpc}", newGRPCServer(t).address).Replace(`
address: 127.0.0.1:{port}
health_check_addr: ""
metrics_address: 127.0.0.1:{metrics}
certificates: [{cert: {cert}, key: {key}}]
data_dir: {data}
authenticate_service_url: https://authenticate.localhost:{port}
routes:
  - {from: "https://app.localhost:{port}", to: "{app}", allow_public_unauthenticated_access: true, allow_websockets: true, timeout: 0s}
  - {from: "https://grpc.localhost:{port}", to: "h2c://{grpc}", allow_public_unauthenticated_access: true, timeout: 0s}
  - {from: "tcp+https://tcp.localhost:22", to: "tcp://{echo}", allow_public_unauthenticated_access: true}
`)
	l.config = writeFile(t, "config.yaml", l.text)
	l.gateway = gatehouse(t, nil, "serve", "--config", l.config)
	l.gateway.listening(l.port)
	l.gateway.listening(l.metrics)
	return l
}

// reload changes the configuration again and again, and waits until each is in use.
func (l *load) reload(from, to int) {
	l.t.Helper()
	for i := from; i < to; i++ {
		text := l.text + fmt.Sprintf("  - {from: 'https://app%d.localhost:%d', response: {status: 200, body: hello}, allow_public_unauthenticated_access: true}\n", i, l.port)
		if err := os.WriteFile(l.config, []byte(text), 0o600); err != nil {
			l.t.Fatal(err)
		}
		const says = "the configuration was reloaded"
		before := strings.Count(l.gateway.log.String(), says)
		l.gateway.signal(syscall.SIGHUP)
		eventually(l.t, fmt.Sprintf("reload %d", i), func() bool { return strings.Count(l.gateway.log.String(), says) > before })
	}
}

// measured returns a gauge of the process.
func (l *load) measured(name string) int {
	l.t.Helper()
	found := regexp.MustCompile(`(?m)^` + name + ` (\d+)`).FindStringSubmatch(get(l.t, fmt.Sprintf("http://127.0.0.1:%d/metrics", l.metrics)).body)
	if found == nil {
		l.t.Fatalf("the metrics have no %s", name)
	}
	n, err := strconv.Atoi(found[1])
	if err != nil {
		l.t.Fatal(err)
	}
	return n
}

// start starts clients. Each does the same again and again, until stop or an error.
func (l *load) start(clients map[string]func(context.Context) error) {
	ctx, cancel := context.WithCancel(bounded(l.t))
	l.end = cancel
	for name, work := range clients {
		rounds := &atomic.Int64{}
		l.rounds[name] = rounds
		l.busy.Go(func() {
			if err := work(context.WithValue(ctx, roundsOf{}, rounds)); err != nil && ctx.Err() == nil {
				l.t.Errorf("%s: %v", name, err)
			}
		})
	}
	l.t.Cleanup(l.stop)
}

func (l *load) stop() {
	l.end()
	l.busy.Wait()
}

// roundsOf is the key of the counter of a client.
type roundsOf struct{}

// again counts a round that is done, and reports whether there is to be another one.
func again(ctx context.Context) bool {
	ctx.Value(roundsOf{}).(*atomic.Int64).Add(1)
	return ctx.Err() == nil
}

// application is what lies behind the gateway.
func (l *load) application() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("/page", func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, r.URL.RawQuery) })
	mux.HandleFunc("/upload", func(w http.ResponseWriter, r *http.Request) {
		sum := sha256.New()
		if _, err := io.Copy(sum, r.Body); err != nil {
			return
		}
		io.WriteString(w, hex.EncodeToString(sum.Sum(nil)))
	})
	mux.HandleFunc("/events", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/event-stream")
		for i := 0; r.Context().Err() == nil; i++ {
			if _, err := fmt.Fprintf(w, "data: %d\n\n", i); err != nil || http.NewResponseController(w).Flush() != nil {
				return
			}
		}
	})
	mux.HandleFunc("/held", func(w http.ResponseWriter, r *http.Request) {
		l.arrived <- struct{}{}
		<-l.held
		if n, err := io.Copy(io.Discard, r.Body); err == nil {
			fmt.Fprintf(w, "%d bytes", n)
		}
	})
	mux.Handle("/socket", websocket.Server{Handler: func(conn *websocket.Conn) { io.Copy(conn, conn) }})
	return mux
}

// newEcho returns the address of a TCP server that answers what it gets.
func newEcho(t *testing.T) string {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { ln.Close() })
	go func() {
		for {
			conn, err := ln.Accept()
			if err != nil {
				return
			}
			go func() {
				defer conn.Close()
				io.Copy(conn, conn)
			}()
		}
	}()
	return ln.Addr().String()
}

func (l *load) url(path string) string {
	return fmt.Sprintf("https://app.localhost:%d%s", l.port, path)
}

// page opens one page.
func (l *load) page(ctx context.Context, client *http.Client, i int) error {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, l.url(fmt.Sprintf("/page?%d", i)), nil)
	if err != nil {
		return err
	}
	return wantBody(client, r, strconv.Itoa(i))
}

func wantBody(client *http.Client, r *http.Request, want string) error {
	resp, err := client.Do(r)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != http.StatusOK || string(body) != want {
		return fmt.Errorf("got %d, %.80q and the error %v, want 200 and %q", resp.StatusCode, body, err, want)
	}
	return nil
}

// pages opens pages over connections that are kept.
func (l *load) pages(http2 bool) func(context.Context) error {
	transport := newTransport(l.t)
	transport.ForceAttemptHTTP2 = http2
	if !http2 {
		transport.TLSClientConfig.NextProtos = []string{"http/1.1"}
	}
	return func(ctx context.Context) error {
		client := &http.Client{Transport: transport}
		for i := 0; again(ctx); i++ {
			if err := l.page(ctx, client, i); err != nil {
				return err
			}
		}
		return nil
	}
}

// newConnections opens pages over a new connection each.
func (l *load) newConnections(ctx context.Context) error {
	for i := 0; again(ctx); i++ {
		client := newClient(l.t)
		err := l.page(ctx, client, i)
		client.CloseIdleConnections()
		if err != nil {
			return err
		}
	}
	return nil
}

// uploads sends bodies whose length is not known.
func (l *load) uploads(ctx context.Context) error {
	client := newClient(l.t)
	body := bytes.Repeat([]byte("0123456789abcdef"), 16<<10)
	sum := sha256.Sum256(body)
	for again(ctx) {
		r, err := http.NewRequestWithContext(ctx, http.MethodPost, l.url("/upload"), io.MultiReader(bytes.NewReader(body)))
		if err != nil {
			return err
		}
		if err := wantBody(client, r, hex.EncodeToString(sum[:])); err != nil {
			return err
		}
	}
	return nil
}

// events reads one stream of events all the time.
func (l *load) events(ctx context.Context) error {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, l.url("/events"), nil)
	if err != nil {
		return err
	}
	resp, err := (&http.Client{Transport: newTransport(l.t)}).Do(r)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	lines := bufio.NewScanner(resp.Body)
	for i := 0; again(ctx); i++ {
		if !lines.Scan() {
			return fmt.Errorf("after %d events: %w", i, lines.Err())
		}
		if want := fmt.Sprintf("data: %d", i); lines.Text() != want || !lines.Scan() {
			return fmt.Errorf("got %q, want %q", lines.Text(), want)
		}
	}
	return nil
}

// websocket sends messages over one websocket, and waits for the answer to each.
func (l *load) websocket(ctx context.Context) error {
	config, err := websocket.NewConfig("wss"+strings.TrimPrefix(l.url("/socket"), "https"), l.url("/"))
	if err != nil {
		return err
	}
	conn, err := l.dial("app.localhost")
	if err != nil {
		return err
	}
	defer context.AfterFunc(ctx, func() { conn.Close() })()
	socket, err := websocket.NewClient(config, conn)
	if err != nil {
		return err
	}
	return echoed(ctx, socket)
}

// dial opens a connection of HTTP/1.1 with the gateway.
func (l *load) dial(name string) (*tls.Conn, error) {
	return tls.Dial("tcp", fmt.Sprintf("127.0.0.1:%d", l.port), &tls.Config{RootCAs: suite.authority.pool, ServerName: name, NextProtos: []string{"http/1.1"}})
}

// echoed sends lines, and waits for each to come back.
func echoed(ctx context.Context, conn io.ReadWriter) error {
	lines := bufio.NewReader(conn)
	for i := 0; again(ctx); i++ {
		want := fmt.Sprintf("line %d\n", i)
		if _, err := io.WriteString(conn, want); err != nil {
			return err
		}
		if got, err := lines.ReadString('\n'); err != nil || got != want {
			return fmt.Errorf("got %q and the error %v, want %q", got, err, want)
		}
	}
	return nil
}

// calls makes calls of gRPC, over a connection that is kept.
func (l *load) calls(ctx context.Context) error {
	client := newTestService(l.t, l.port, "grpc", "")
	for i := 0; again(ctx); i++ {
		want := fmt.Sprintf("call %d", i)
		got, err := client.UnaryCall(ctx, &grpc_testing.SimpleRequest{Payload: payload(want)})
		if err != nil || string(got.GetPayload().GetBody()) != want {
			return fmt.Errorf("got %v and the error %w, want %q", got, err, want)
		}
	}
	return nil
}

// stream sends messages over one stream of gRPC, and waits for the answer to each.
func (l *load) stream(ctx context.Context) error {
	both, err := newTestService(l.t, l.port, "grpc", "").FullDuplexCall(ctx)
	if err != nil {
		return err
	}
	for i := 0; again(ctx); i++ {
		if err := says(both, fmt.Sprintf("message %d", i)); err != nil {
			return err
		}
	}
	return nil
}

// tunnel sends lines over one tunnel.
func (l *load) tunnel(open func(net.Conn) (io.ReadWriter, error)) func(context.Context) error {
	return func(ctx context.Context) error {
		conn, err := l.dial("tcp.localhost")
		if err != nil {
			return err
		}
		defer context.AfterFunc(ctx, func() { conn.Close() })()
		through, err := open(conn)
		if err != nil {
			return err
		}
		return echoed(ctx, through)
	}
}

func (l *load) byCONNECT(conn net.Conn) (io.ReadWriter, error) {
	fmt.Fprint(conn, "CONNECT tcp.localhost:22 HTTP/1.1\r\nHost: tcp.localhost:22\r\n\r\n")
	reader := bufio.NewReader(conn)
	resp, err := http.ReadResponse(reader, &http.Request{Method: http.MethodConnect})
	if err != nil {
		return nil, err
	}
	if resp.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("got %s", resp.Status)
	}
	return struct {
		io.Reader
		io.Writer
	}{reader, conn}, nil
}

func (l *load) byWebSocket(conn net.Conn) (io.ReadWriter, error) {
	host := fmt.Sprintf("tcp.localhost:%d", l.port)
	config, err := websocket.NewConfig("wss://"+host+"/.pomerium/tcp/tcp.localhost:22", "https://"+host)
	if err != nil {
		return nil, err
	}
	config.Protocol = []string{"gatehouse-tcp"}
	socket, err := websocket.NewClient(config, conn)
	if err == nil {
		socket.PayloadType = websocket.BinaryFrame
	}
	return socket, err
}

// endsGracefully sends SIGTERM while two requests are under way: one waits for its answer,
// and one has not sent all of its body.
func (l *load) endsGracefully() {
	t := l.t
	t.Helper()
	body, feed := io.Pipe()
	done := make(chan error, 2)
	for _, request := range []struct {
		body io.Reader
		want string
	}{{nil, "0 bytes"}, {body, "10 bytes"}} {
		r, err := http.NewRequestWithContext(bounded(t), http.MethodPost, l.url("/held"), request.body)
		if err != nil {
			t.Fatal(err)
		}
		client := newClient(t)
		go func() { done <- wantBody(client, r, request.want) }()
	}
	io.WriteString(feed, "first")
	<-l.arrived
	<-l.arrived
	l.gateway.signal(syscall.SIGTERM)
	eventually(t, "the gateway to take no more connections", func() bool {
		conn, err := net.Dial("tcp", fmt.Sprintf("127.0.0.1:%d", l.port))
		if err == nil {
			conn.Close()
		}
		return err != nil
	})
	close(l.held)
	io.WriteString(feed, "after")
	feed.Close()
	for range 2 {
		if err := <-done; err != nil {
			t.Errorf("a request under way at SIGTERM: %v", err)
		}
	}
	<-l.gateway.ended
	if l.gateway.err != nil {
		t.Errorf("the process ended with %v, want the exit code 0", l.gateway.err)
	}
}

package server_test

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/http"
	"testing"
	"time"

	"github.com/quic-go/quic-go"
	"github.com/quic-go/quic-go/http3"

	"gatehouse/internal/config"
	"gatehouse/internal/server"
	"gatehouse/internal/testing/certtest"
)

// quicServer serves a handler over QUIC on a free port. The header of a request may take
// 100 ms.
func quicServer(t *testing.T, h http.Handler) (addr string, srv server.Ender) {
	t.Helper()
	conn, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	srv, serve, err := server.QUICServer(conn, &config.Config{}, h, &tls.Config{Certificates: []tls.Certificate{certtest.Authority(t).TLS()}}, 100*time.Millisecond)
	if err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- serve() }()
	t.Cleanup(func() {
		srv.Close()
		if err := <-ended; !errors.Is(err, http.ErrServerClosed) {
			t.Errorf("the end: %v", err)
		}
		conn.Close()
	})
	return conn.LocalAddr().String(), srv
}

// A client that sends the header of a request slowly had its stream for ever.
func TestASlowHeaderOverQUIC(t *testing.T) {
	arrived := make(chan struct{})
	addr, _ := quicServer(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		close(arrived)
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Errorf("the body: %v", err)
		}
		w.Write(body)
	}))
	in, out := io.Pipe()
	answers := make(chan string, 1)
	go func() {
		resp, err := overQUIC(t, addr).Post("https://app.example.com/", "text/plain", in)
		if err != nil {
			t.Error(err)
			answers <- ""
			return
		}
		body, _ := io.ReadAll(resp.Body)
		answers <- string(body)
	}()
	<-arrived
	conn, err := quic.DialAddr(t.Context(), addr, &tls.Config{InsecureSkipVerify: true, NextProtos: []string{http3.NextProtoH3}}, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.CloseWithError(0, "")
	for name, sent := range map[string]string{"a byte": "\x01", "a part of a frame": "\x01\x40\xff\x00"} {
		stream, err := conn.OpenStreamSync(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		stream.Write([]byte(sent))
		_, err = stream.Read(make([]byte, 1)) // the test's own limit ends a fault
		if reset, ok := errors.AsType[*quic.StreamError](err); !ok || reset.ErrorCode != quic.StreamErrorCode(http3.ErrCodeRequestIncomplete) {
			t.Errorf("%s: got %v, want the stream to be ended", name, err)
		}
	}
	// More than the time of a header has passed for the other client, whose header came.
	io.WriteString(out, "hello")
	out.Close()
	if got := <-answers; got != "hello" {
		t.Errorf("a slow body: got %q, want hello", got)
	}
}

func TestTheEndOverQUIC(t *testing.T) {
	arrived, goOn := make(chan struct{}), make(chan struct{})
	addr, srv := quicServer(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/slow" {
			close(arrived)
			<-goOn
		}
		io.WriteString(w, "hello")
	}))
	client, answers := overQUIC(t, addr), make(chan string, 1)
	go func() {
		resp, err := client.Get("https://app.example.com/slow")
		if err != nil {
			answers <- err.Error()
			return
		}
		body, _ := io.ReadAll(resp.Body)
		answers <- string(body)
	}()
	<-arrived
	ended := make(chan error, 1)
	go func() { ended <- srv.Shutdown(t.Context()) }()
	for { // until the server has heard of it
		resp, err := client.Get("https://app.example.com/late")
		if err != nil {
			break
		}
		resp.Body.Close()
	}
	close(goOn)
	if got := <-answers; got != "hello" {
		t.Errorf("a request under way: got %q, want its answer", got)
	}
	if err := <-ended; err != nil {
		t.Errorf("the end: %v", err)
	}
}

func TestARequestThatTakesTooLongAtTheEndIsCutOverQUIC(t *testing.T) {
	arrived := make(chan struct{})
	addr, srv := quicServer(t, http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		close(arrived)
		<-r.Context().Done()
	}))
	failed := make(chan error, 1)
	go func() {
		resp, err := overQUIC(t, addr).Get("https://app.example.com/")
		if err == nil {
			resp.Body.Close()
		}
		failed <- err
	}()
	<-arrived
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := srv.Shutdown(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want the end of ctx", err)
	}
	srv.Close()
	if err := <-failed; err == nil {
		t.Error("the request was answered")
	}
}

package server

import (
	"context"
	"net"
	"net/http"
	"sync"
	"time"

	"github.com/quic-go/quic-go"
	"github.com/quic-go/quic-go/http3"
)

// quicServer serves HTTP/3. Unlike http3.Server's own loop, it limits how long a client
// takes for the header of a request. At the end it refuses further requests one by one,
// which clients may send elsewhere (RFC 9114 §5.2): it can't announce the end.
type quicServer struct {
	*http3.Server
	headerTime time.Duration

	transport *quic.Transport
	listener  *quic.Listener
	open      context.Context // ends when no further request is taken
	shut      context.CancelFunc
	serving   sync.WaitGroup // connections
}

// answersArrive is how long a connection stays open at the end for its last answers.
const answersArrive = time.Second

// newQUICServer listens on a UDP address. Serve answers what comes.
func newQUICServer(conn net.PacketConn, s *http3.Server, headerTime time.Duration) (*quicServer, error) {
	transport := &quic.Transport{Conn: conn}
	listener, err := transport.Listen(s.TLSConfig, s.QUICConfig)
	if err != nil {
		return nil, err
	}
	open, shut := context.WithCancel(context.Background())
	return &quicServer{Server: s, headerTime: headerTime, transport: transport, listener: listener, open: open, shut: shut}, nil
}

// Serve answers until Shutdown or Close.
func (s *quicServer) Serve() error {
	defer s.listener.Close()
	for {
		conn, err := s.listener.Accept(s.open)
		switch {
		case s.open.Err() != nil:
			return http.ErrServerClosed
		case err != nil:
			return err
		}
		s.serving.Go(func() { s.serveConn(conn) })
	}
}

// serveConn answers the requests of a connection, and returns when they are answered and
// the connection is closed.
func (s *quicServer) serveConn(conn *quic.Conn) {
	raw, err := s.NewRawServerConn(conn)
	if err != nil {
		return // the client is gone
	}
	var requests, others sync.WaitGroup
	others.Go(func() { acceptOneWay(conn, raw) })
	for {
		stream, err := conn.AcceptStream(s.open)
		if err != nil {
			break
		}
		_ = stream.SetReadDeadline(time.Now().Add(s.headerTime)) // it can always be set
		requests.Go(func() { raw.HandleRequestStream(stream) })
	}
	others.Go(func() { rejectRequests(conn) })
	requests.Wait()
	select { // what was written may still be on its way
	case <-conn.Context().Done():
	case <-time.After(answersArrive):
	}
	_ = raw.CloseWithError(quic.ApplicationErrorCode(http3.ErrCodeNoError), "")
	others.Wait()
}

// acceptOneWay reads the control streams of a connection until it is closed.
func acceptOneWay(conn *quic.Conn, raw *http3.RawServerConn) {
	var streams sync.WaitGroup
	defer streams.Wait()
	for {
		stream, err := conn.AcceptUniStream(conn.Context())
		if err != nil {
			return
		}
		streams.Go(func() { raw.HandleUnidirectionalStream(stream) })
	}
}

// rejectRequests refuses the requests that come too late, until the connection is closed.
func rejectRequests(conn *quic.Conn) {
	for {
		stream, err := conn.AcceptStream(conn.Context())
		if err != nil {
			return
		}
		stream.CancelRead(quic.StreamErrorCode(http3.ErrCodeRequestRejected))
		stream.CancelWrite(quic.StreamErrorCode(http3.ErrCodeRequestRejected))
	}
}

// Shutdown lets the requests under way finish, until ctx ends.
func (s *quicServer) Shutdown(ctx context.Context) error {
	s.shut()
	done := make(chan struct{})
	go func() {
		s.serving.Wait()
		close(done)
	}()
	select {
	case <-done:
		return s.transport.Close()
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Close cuts all requests.
func (s *quicServer) Close() error {
	s.shut()
	err := s.transport.Close()
	s.serving.Wait()
	return err
}

package proxy

import (
	"errors"
	"io"
	"net"
	"sync/atomic"
	"time"
)

// lingerTime is how long a client may go on after the upstream has said its last.
const lingerTime = time.Minute

// junction is a client and an upstream whose connections are joined.
type junction struct {
	x        *exchange
	client   tunnelClient
	upstream io.ReadWriter
	up, down stream      // from the client, and from the upstream
	last     atomic.Bool // the upstream has said its last
	read     chan struct{}
}

// join copies in both directions until both have ended. It returns how many bytes came
// from the client and from the upstream. The end of one direction is passed on as such;
// a failure ends both.
func (x *exchange) join(client tunnelClient, upstream io.ReadWriter) (received, sent int64) {
	j := &junction{
		x: x, client: client, upstream: upstream, read: make(chan struct{}),
		up: stream{from: client, to: upstream, silence: x.silence}, down: stream{from: upstream, to: client, silence: x.silence},
	}
	go j.goUp()
	j.goDown()
	<-j.read
	return j.up.size, j.down.size
}

// goUp has a stack of its own while the client is silent. It is the smallest there is: what
// happens at the end has other functions.
func (j *junction) goUp() {
	j.up.copy()
	j.endUp()
}

func (j *junction) endUp() {
	defer close(j.read)
	err := j.up.failure()
	if half, ok := j.upstream.(interface{ CloseWrite() error }); err == nil && ok {
		err = half.CloseWrite()
	}
	if err != nil && !j.last.Load() {
		j.x.abort()
	}
}

func (j *junction) goDown() {
	j.down.copy()
	err := j.down.failure()
	j.last.Store(err == nil)
	if err != nil || errors.Join(j.client.CloseWrite(), linger(j.upstream)) != nil {
		j.x.abort()
	}
}

// linger lets an upstream that has said its last be written to for a while.
func linger(upstream io.Writer) error {
	conn, ok := upstream.(net.Conn)
	if !ok {
		return nil // the client, which may send for as long, ends both
	}
	return conn.SetWriteDeadline(time.Now().Add(lingerTime))
}

// stream is one direction.
type stream struct {
	from    io.Reader
	to      io.Writer
	silence *silence
	size    int64 // of what was copied
	err     error // the end: io.EOF, or a failure
	buffer  patientBuffer
}

// copy copies until an end or a failure.
func (s *stream) copy() {
	for s.err == nil {
		s.pass()
	}
	s.buffer.release()
}

// pass copies what one read gets.
func (s *stream) pass() {
	n, err := s.from.Read(s.buffer.next())
	s.silence.heard(n)
	if n > 0 {
		s.write(n)
	}
	if s.err == nil {
		s.err = err
	}
	s.buffer.adapt(n)
}

func (s *stream) write(n int) {
	wrote, err := s.to.Write(s.buffer.next()[:n])
	s.size, s.err = s.size+int64(wrote), err
}

// failure returns why the copying ended too early, nil if it did not.
func (s *stream) failure() error {
	if s.err == io.EOF {
		return nil
	}
	return s.err
}

package websocket

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/coder/websocket"
)

// pair returns both sides of a WebSocket, over a connection without any buffer.
func pair(t *testing.T) (client, server *Conn) {
	t.Helper()
	a, b := net.Pipe()
	accepted := make(chan *Conn, 1)
	go http.Serve(&once{conn: b}, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		conn, err := Accept(w, r)
		if err != nil {
			t.Error(err)
		}
		accepted <- conn
	}))
	client, _, err := Dial(t.Context(), a, &url.URL{Scheme: "http", Host: "example.com", Path: "/"}, nil)
	if err != nil {
		t.Fatal(err)
	}
	return client, <-accepted
}

// once is a listener with one connection.
type once struct {
	net.Listener
	conn net.Conn
}

func (o *once) Accept() (conn net.Conn, err error) {
	if conn, o.conn = o.conn, nil; conn == nil {
		return nil, io.EOF
	}
	return conn, nil
}
func (o *once) Close() error   { return nil }
func (o *once) Addr() net.Addr { return nil }

// serverOver returns the server's side of a WebSocket whose handshake nobody sees.
func serverOver(conn net.Conn) *Conn {
	server, err := Accept(hijacked{rehearsal{}, conn}, request())
	if err != nil {
		panic(err)
	}
	return server
}

type hijacked struct {
	rehearsal
	conn net.Conn
}

func (h hijacked) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	return h.conn, bufio.NewReadWriter(bufio.NewReader(h.conn), bufio.NewWriter(h.conn)), nil
}

// The kinds of frames (RFC 6455 §5.2), with the bit that no other of the message follows.
const (
	goesOn = 0x80
	text   = 0x81
	binMsg = 0x82
	end    = 0x88
	ping   = 0x89
	pong   = 0x8A
)

// frame returns a frame as it would come from a client.
func frame(first byte, payload string) string {
	b := []byte{first}
	switch n := len(payload); {
	case n < 126:
		b = append(b, 0x80|byte(n))
	case n < 1<<16:
		b = binary.BigEndian.AppendUint16(append(b, 0x80|126), uint16(n))
	default:
		b = binary.BigEndian.AppendUint64(append(b, 0x80|127), uint64(n))
	}
	b = append(b, "mask"...)
	for i := range len(payload) {
		b = append(b, payload[i]^"mask"[i%4])
	}
	return string(b)
}

// begin makes a frame one that is not the last of its message.
func begin(f string) string { return string([]byte{f[0] &^ 0x80}) + f[1:] }

// readFrame reads a frame of a server.
func readFrame(r io.Reader) (first byte, payload string, err error) {
	var b [2]byte
	if _, err := io.ReadFull(r, b[:]); err != nil {
		return 0, "", err
	}
	first, length := b[0], int(b[1])
	if length == 126 {
		if _, err := io.ReadFull(r, b[:]); err != nil {
			return 0, "", err
		}
		length = int(binary.BigEndian.Uint16(b[:]))
	}
	rest := make([]byte, length)
	_, err = io.ReadFull(r, rest)
	return first, string(rest), err
}

func TestBytesPassUnchangedBothWays(t *testing.T) { synctest.Test(t, bytesPassUnchangedBothWays) }

func bytesPassUnchangedBothWays(t *testing.T) {
	want := make([]byte, 3*chunk+17)
	for i := range want {
		want[i] = byte(i * i >> 5)
	}
	client, server := pair(t)
	defer client.Close()
	for _, way := range [][2]*Conn{{client, server}, {server, client}} {
		sent := bytes.Clone(want)
		go func() {
			way[0].Write(sent)
			way[0].CloseWrite()
		}()
		got, err := io.ReadAll(way[1])
		if err != nil || !bytes.Equal(got, want) {
			t.Errorf("got %d bytes and the error %v, want %d unchanged", len(got), err, len(want))
		}
		if !bytes.Equal(sent, want) {
			t.Error("what was sent has changed at its sender")
		}
	}
}

func TestOneDirectionEndsBeforeTheOther(t *testing.T) {
	synctest.Test(t, oneDirectionEndsBeforeTheOther)
}

func oneDirectionEndsBeforeTheOther(t *testing.T) {
	client, server := pair(t)
	defer client.Close()
	go func() {
		io.WriteString(client, "question")
		client.CloseWrite()
	}()
	if got, err := io.ReadAll(server); err != nil || string(got) != "question" {
		t.Fatalf("got %q and the error %v", got, err)
	}
	if n, err := server.Read(make([]byte, 1)); n != 0 || err != io.EOF {
		t.Errorf("read on: got %d bytes and the error %v, want io.EOF", n, err)
	}
	if _, err := client.Write([]byte("more")); !errors.Is(err, net.ErrClosed) {
		t.Errorf("after the last word: got %v, want net.ErrClosed", err)
	}
	go func() {
		io.WriteString(server, "answer")
		server.CloseWrite()
	}()
	if got, err := io.ReadAll(client); err != nil || string(got) != "answer" {
		t.Errorf("got %q and the error %v, want the answer", got, err)
	}
}

// An empty write is no last word.
func TestAnEmptyWriteSendsNothing(t *testing.T) { synctest.Test(t, anEmptyWriteSendsNothing) }

func anEmptyWriteSendsNothing(t *testing.T) {
	client, server := pair(t)
	defer client.Close()
	go func() {
		client.Write(nil)
		io.WriteString(client, "more")
		client.CloseWrite()
	}()
	if got, err := io.ReadAll(server); err != nil || string(got) != "more" {
		t.Errorf("got %q and the error %v", got, err)
	}
}

// All goroutines of both sides end: a bubble of synctest waits for them.
func TestClosingEndsBothDirections(t *testing.T) {
	for said, want := range map[bool]websocket.StatusCode{false: websocket.StatusGoingAway, true: websocket.StatusNormalClosure} {
		synctest.Test(t, func(t *testing.T) {
			client, server := pair(t)
			server.KeepAlive(30 * time.Second)
			heard := make(chan error, 1)
			go func() {
				_, err := io.ReadAll(client)
				if said && err == nil {
					client.ended = nil // a reader that wants to know how it ends
					_, err = io.ReadAll(client)
				}
				heard <- err
			}()
			if said {
				server.CloseWrite()
			}
			began := time.Now()
			server.Close()
			if took := time.Since(began); took != 0 {
				t.Errorf("said all %t: took %s for a peer that answers", said, took)
			}
			if err := <-heard; websocket.CloseStatus(err) != want {
				t.Errorf("said all %t: got %v, want the code %d", said, err, want)
			}
			for _, c := range []*Conn{client, server} {
				if _, err := c.Write([]byte("x")); err == nil {
					t.Error("got no error for a write after the end")
				}
			}
			client.Close()
			client.Close()
		})
	}
}

func TestWhatAPeerMaySend(t *testing.T) {
	big := strings.Repeat("x", 70000)
	for name, tt := range map[string]struct{ sent, want string }{
		"parts":                       {begin(frame(binMsg, "a")) + begin(frame(goesOn, "b")) + frame(goesOn, "c"), "abc"},
		"a ping between two parts":    {begin(frame(binMsg, "a")) + frame(ping, "hello") + frame(goesOn, "c"), "ac"},
		"a pong":                      {frame(pong, "") + frame(binMsg, "a"), "a"},
		"an empty part":               {begin(frame(binMsg, "")) + frame(goesOn, "c"), "c"},
		"an empty part at the end":    {begin(frame(binMsg, "c")) + frame(goesOn, ""), "c"},
		"lengths of two and of eight": {frame(binMsg, big[:60000]) + frame(binMsg, big), big[:60000] + big},
	} {
		c := serverOver(&stub{Reader: strings.NewReader(tt.sent + frame(binMsg, ""))})
		if got, err := io.ReadAll(c); err != nil || string(got) != tt.want {
			t.Errorf("%s: got %.20q and the error %v, want %.20q", name, got, err, tt.want)
		}
	}
	// An empty message of two empty parts is one, too.
	c := serverOver(&stub{Reader: strings.NewReader(begin(frame(binMsg, "")) + frame(goesOn, "") + frame(binMsg, "late"))})
	if got, err := io.ReadAll(c); err != nil || len(got) > 0 {
		t.Errorf("got %q and the error %v, want the end", got, err)
	}
}

// stub is a connection that keeps what is written.
type stub struct {
	io.Reader
	bytes.Buffer
}

func (s *stub) Read(p []byte) (int, error)       { return s.Reader.Read(p) }
func (s *stub) Write(p []byte) (int, error)      { return s.Buffer.Write(p) }
func (s *stub) SetDeadline(time.Time) error      { return nil }
func (s *stub) SetReadDeadline(time.Time) error  { return nil }
func (s *stub) SetWriteDeadline(time.Time) error { return nil }
func (s *stub) LocalAddr() net.Addr              { return nil }
func (s *stub) RemoteAddr() net.Addr             { return nil }
func (s *stub) Close() error                     { return nil }

func TestWhatAPeerMayNotSend(t *testing.T) {
	part := frame(binMsg, "x")
	long := strings.Repeat("x", longestMessage-1)
	for name, tt := range map[string]struct {
		sent string
		code websocket.StatusCode
	}{
		"no mask":                      {"\x82\x01x", websocket.StatusGoingAway},
		"no mask in a ping":            {"\x89\x00", websocket.StatusGoingAway},
		"an extension":                 {string([]byte{part[0] | 0x40}) + part[1:], websocket.StatusProtocolError},
		"an unknown kind":              {frame(0x83, "x"), websocket.StatusProtocolError},
		"an unknown kind of control":   {frame(0x8B, ""), websocket.StatusProtocolError},
		"text":                         {frame(text, "x"), websocket.StatusUnsupportedData},
		"going on without a beginning": {frame(goesOn, "x"), websocket.StatusProtocolError},
		"a beginning in a message":     {begin(part) + part, websocket.StatusProtocolError},
		"a long ping":                  {frame(ping, strings.Repeat("x", 126)), websocket.StatusProtocolError},
		"a ping in parts":              {begin(frame(ping, "")), websocket.StatusProtocolError},
		"a negative length":            {"\x82\xff\x80\x00\x00\x00\x00\x00\x00\x00" + "mask", websocket.StatusGoingAway},
		"a long message":               {frame(binMsg, long+"abcd"), websocket.StatusMessageTooBig},
		"a long message in parts":      {begin(frame(binMsg, long)) + frame(goesOn, "abcd"), websocket.StatusMessageTooBig},
		"a reason of one byte":         {frame(end, "x"), websocket.StatusProtocolError},
		"a reason that is never sent":  {frame(end, "\x03\xed"), websocket.StatusProtocolError},
	} {
		conn := &stub{Reader: strings.NewReader(tt.sent)}
		c := serverOver(conn)
		_, err := io.ReadAll(c)
		if err == nil {
			t.Errorf("%s: got no error, want one", name)
		}
		if again, err2 := c.Read(make([]byte, 1)); again != 0 || err2 != err {
			t.Errorf("%s: read on: got %d bytes and the error %v, want the same error", name, again, err2)
		}
		c.Close()
		first, reason, err := readFrame(&conn.Buffer)
		if want := string(binary.BigEndian.AppendUint16(nil, uint16(tt.code))); err != nil || first != end || !strings.HasPrefix(reason, want) {
			t.Errorf("%s: sent %x %q, want the end %d", name, first, reason, tt.code)
		}
	}
}

// The network ends the connection in the middle. Nobody has said a last word.
func TestACutIsNoEnd(t *testing.T) {
	part := frame(binMsg, "x")
	for _, sent := range []string{"", part[:1], part[:2], part[:5], part[:len(part)-1], begin(part), part, frame(binMsg, "xyz")[:8]} {
		c := serverOver(&stub{Reader: strings.NewReader(sent)})
		got, err := io.ReadAll(c)
		if !errors.Is(err, io.ErrUnexpectedEOF) || strings.Trim(string(got), "x") != "" {
			t.Errorf("%q: got %q and the error %v, want io.ErrUnexpectedEOF", sent, got, err)
		}
	}
}

// A slow program at the other side stops what we send, and must not stop what we read, or end
// the connection.
func TestPingsAreAnsweredAfterTheWriteUnderWay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		raw, conn := net.Pipe()
		server := serverOver(conn)
		defer raw.Close()
		wrote := make(chan error, 1)
		go func() {
			_, err := server.Write([]byte("to a slow reader"))
			wrote <- err
		}()
		read := make(chan error, 1)
		go func() {
			_, err := io.ReadFull(server, make([]byte, 5))
			read <- err
		}()
		for range 3 {
			time.Sleep(time.Minute)
			if _, err := io.WriteString(raw, frame(ping, "there?")); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := io.WriteString(raw, frame(binMsg, "hello")); err != nil {
			t.Fatal(err)
		}
		if err := <-read; err != nil {
			t.Errorf("while a write is under way: %v", err)
		}
		for i, want := range []string{"to a slow reader", "there?", "there?", "there?"} {
			if first, got, err := readFrame(raw); err != nil || got != want || (first == pong) != (i > 0) {
				t.Errorf("got %x %q and the error %v, want %q", first, got, err, want)
			}
		}
		if err := <-wrote; err != nil {
			t.Error(err)
		}
	})
}

// A peer that reads nothing and asks again and again gets no more of our memory.
func TestAFloodOfPingsIsNotKept(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		raw, conn := net.Pipe()
		server := serverOver(conn)
		defer raw.Close()
		go io.WriteString(raw, strings.Repeat(frame(ping, strings.Repeat("x", 100)), 5000)+frame(binMsg, "hello"))
		got := make([]byte, 5)
		if _, err := io.ReadFull(server, got); err != nil || string(got) != "hello" {
			t.Errorf("got %q and the error %v", got, err)
		}
		if n := len(server.waiting); n < mostWaiting/2 || n > mostWaiting+200 {
			t.Errorf("%d bytes wait, want at most %d and one pong", n, mostWaiting)
		}
	})
}

// What a slow peer has not taken stays with the writer, the last word included.
func TestAWriteWaitsForThePeer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		raw, conn := net.Pipe()
		server := serverOver(conn)
		defer raw.Close()
		var step int
		go func() {
			server.Write(make([]byte, 3*chunk))
			step = 1
			server.CloseWrite()
			step = 2
		}()
		for i := range 4 {
			synctest.Wait()
			if n := len(server.waiting); n > chunk || step != i/3 {
				t.Errorf("after %d messages: %d bytes wait at step %d", i, n, step)
			}
			if _, _, err := readFrame(raw); err != nil {
				t.Fatal(err)
			}
		}
		synctest.Wait()
		if step != 2 {
			t.Errorf("the last word is taken, and CloseWrite goes on")
		}
	})
}

func TestAPastDeadlineEndsReadingAndWriting(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		raw, conn := net.Pipe()
		server := serverOver(conn)
		defer raw.Close()
		failed := make(chan error, 2)
		go func() {
			_, err := server.Write([]byte("never read"))
			failed <- err
		}()
		go func() {
			_, err := server.Read(make([]byte, 1))
			failed <- err
		}()
		synctest.Wait()
		began := time.Now()
		server.SetDeadline(time.Unix(1, 0))
		for range 2 {
			if err := <-failed; err == nil || time.Since(began) != 0 {
				t.Errorf("got %v after %s, want an error at once", err, time.Since(began))
			}
		}
		server.Close()
	})
}

// The peer answers no ping, and perhaps nobody reads here.
func TestPingsComeUntilTheEnd(t *testing.T) {
	for _, reads := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			raw, conn := net.Pipe()
			server := serverOver(conn)
			if reads {
				go io.ReadAll(server)
			}
			server.KeepAlive(30 * time.Second)
			began := time.Now()
			for i := 1; i <= 3; i++ {
				first, _, err := readFrame(raw)
				if err != nil || first != ping || time.Since(began) != time.Duration(i)*30*time.Second {
					t.Fatalf("ping %d: got %x after %s and the error %v", i, first, time.Since(began), err)
				}
			}
			go server.Close()
			if first, _, err := readFrame(raw); err != nil || first != end {
				t.Errorf("got %x and the error %v, want the end", first, err)
			}
			raw.Close()
			// The bubble ends, so nothing is left that would go on.
		})
	}
}

// Nobody reads at the other side: closing does not wait for ever.
func TestClosingDoesNotWaitForAPeerThatDoesNotRead(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for _, busy := range []string{"", "reading", "writing"} {
			raw, conn := net.Pipe()
			server := serverOver(conn)
			defer raw.Close()
			switch busy {
			case "reading":
				go io.ReadAll(server)
			case "writing":
				go server.Write([]byte("never read"))
			}
			synctest.Wait()
			began := time.Now()
			server.Close()
			if took := time.Since(began); took > closeTime {
				t.Errorf("while %s: took %s, want at most %s", busy, took, closeTime)
			}
		}
	})
}

func FuzzRead(f *testing.F) {
	for _, sent := range []string{frame(binMsg, "abc"), begin(frame(binMsg, "a")) + frame(ping, "p") + frame(goesOn, ""), frame(end, "\x03\xe8"), frame(text, "x")} {
		f.Add([]byte(sent))
	}
	f.Fuzz(func(t *testing.T, sent []byte) {
		// All at once or byte for byte: the same is read, and never more than was sent.
		var read [2][]byte
		var ends [2]string
		for i, r := range []io.Reader{bytes.NewReader(sent), oneByte{bytes.NewReader(sent)}} {
			var err error
			read[i], err = io.ReadAll(serverOver(&stub{Reader: r}))
			if err != nil {
				ends[i] = err.Error()
			}
		}
		if !bytes.Equal(read[0], read[1]) || ends[0] != ends[1] || len(read[0]) > len(sent) {
			t.Errorf("%x: got %x (%s) and %x (%s)", sent, read[0], ends[0], read[1], ends[1])
		}
		// What is sent as a message is read unchanged.
		c := serverOver(&stub{Reader: strings.NewReader(frame(binMsg, string(sent)) + frame(binMsg, ""))})
		if got, err := io.ReadAll(c); err != nil || !bytes.Equal(got, sent) {
			t.Errorf("%x: got %x and the error %v", sent, got, err)
		}
	})
}

type oneByte struct{ io.Reader }

func (r oneByte) Read(p []byte) (int, error) { return r.Reader.Read(p[:min(len(p), 1)]) }

func TestAnEndThatIsNotTheLastWordIsToldApart(t *testing.T) {
	for _, said := range []bool{false, true} {
		client, server := pair(t)
		if said {
			go server.CloseWrite()
			if _, err := client.Read(make([]byte, 1)); err != io.EOF {
				t.Errorf("the last word: got %v, want %v", err, io.EOF)
			}
		}
		go server.Close()
		_, err := client.Read(make([]byte, 1))
		if IsAway(err) == said {
			t.Errorf("after the last word %t: %v", said, err)
		}
		client.Close()
	}
	if IsAway(nil) || IsAway(io.EOF) {
		t.Error("no end at all is one")
	}
}

package websocket

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// pair returns both sides of a WebSocket, over a connection without any buffer.
func pair() (client, server *Conn) {
	a, b := net.Pipe()
	return Client(a, bufio.NewReader(a)), newConn(b, bufio.NewReader(b), false)
}

func TestBytesPassUnchangedBothWays(t *testing.T) {
	want := make([]byte, 3*chunk+17)
	for i := range want {
		want[i] = byte(i * i >> 5)
	}
	client, server := pair()
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
	client, server := pair()
	go func() {
		io.WriteString(client, "question")
		client.CloseWrite()
	}()
	if got, err := io.ReadAll(server); err != nil || string(got) != "question" {
		t.Fatalf("got %q and the error %v", got, err)
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

func TestClosingEndsBothDirections(t *testing.T) {
	for said, want := range map[bool]int{false: codeAway, true: codeNormal} {
		client, server := pair()
		heard := make(chan error, 1)
		go func() {
			_, err := io.ReadAll(client)
			if said && err == nil {
				err = client.nextFrame()
			}
			heard <- err
		}()
		if said {
			server.CloseWrite()
		}
		server.Close()
		err := <-heard
		var end *Error
		if !errors.As(err, &end) || end.Code != want {
			t.Errorf("said all %t: got %v, want the code %d", said, err, want)
		}
		if _, err := client.Write([]byte("x")); err == nil {
			t.Error("got no error for a write after the end")
		}
	}
}

// frame returns a frame as it would come from a client.
func frame(first byte, payload string) string {
	return string(appendFrame(nil, first&bitsOp, true, []byte(payload)))
}

// begin makes a frame one that is not the last of its message.
func begin(f string) string { return string([]byte{f[0] &^ bitFinal}) + f[1:] }

func TestWhatAPeerMaySend(t *testing.T) {
	big := strings.Repeat("x", 70000)
	for name, tt := range map[string]struct{ sent, want string }{
		"parts":                       {begin(frame(opBinary, "a")) + begin(frame(opContinue, "b")) + frame(opContinue, "c"), "abc"},
		"a ping between two parts":    {begin(frame(opBinary, "a")) + frame(opPing, "hello") + frame(opContinue, "c"), "ac"},
		"a pong":                      {frame(opPong, "") + frame(opBinary, "a"), "a"},
		"an empty part":               {begin(frame(opBinary, "")) + frame(opContinue, "c"), "c"},
		"an empty part at the end":    {begin(frame(opBinary, "c")) + frame(opContinue, ""), "c"},
		"lengths of two and of eight": {frame(opBinary, big[:60000]) + frame(opBinary, big), big[:60000] + big},
	} {
		c := newConn(&silent{}, bufio.NewReader(strings.NewReader(tt.sent+frame(opBinary, ""))), false)
		if got, err := io.ReadAll(c); err != nil || string(got) != tt.want {
			t.Errorf("%s: got %.20q and the error %v, want %.20q", name, got, err, tt.want)
		}
	}
	// An empty message of two empty parts is one, too.
	c := newConn(&silent{}, bufio.NewReader(strings.NewReader(begin(frame(opBinary, ""))+frame(opContinue, "")+frame(opBinary, "late"))), false)
	if got, err := io.ReadAll(c); err != nil || len(got) > 0 {
		t.Errorf("got %q and the error %v, want the end", got, err)
	}
}

// silent is a connection that keeps what is written.
type silent struct {
	net.Conn
	bytes.Buffer
}

func (s *silent) Read(p []byte) (int, error)       { return s.Buffer.Read(p) }
func (s *silent) Write(p []byte) (int, error)      { return s.Buffer.Write(p) }
func (s *silent) SetWriteDeadline(time.Time) error { return nil }
func (s *silent) Close() error                     { return nil }

func TestWhatAPeerMayNotSend(t *testing.T) {
	unmasked := string(appendFrame(nil, opBinary, false, []byte("x")))
	part := frame(opBinary, "x")
	for name, tt := range map[string]struct {
		sent string
		code int
	}{
		"no mask":                        {unmasked, codeProtocol},
		"no mask in a ping":              {string(appendFrame(nil, opPing, false, nil)), codeProtocol},
		"an extension":                   {string([]byte{part[0] | 0x40}) + part[1:], codeProtocol},
		"an unknown kind":                {frame(0x3, "x"), codeProtocol},
		"an unknown kind of control":     {frame(0xB, ""), codeProtocol},
		"text":                           {frame(opText, "x"), codeKind},
		"going on without a beginning":   {frame(opContinue, "x"), codeProtocol},
		"a beginning inside a message":   {begin(part) + part, codeProtocol},
		"a long ping":                    {frame(opPing, strings.Repeat("x", 126)), codeProtocol},
		"a ping in parts":                {begin(frame(opPing, "")), codeProtocol},
		"a length longer than necessary": {"\x82\xfe\x00\x01mask" + "x", codeProtocol},
		"a length of eight for two":      {"\x82\xff\x00\x00\x00\x00\x00\x00\xff\xff" + "mask", codeProtocol},
		"a negative length":              {"\x82\xff\x80\x00\x00\x00\x00\x00\x00\x00" + "mask", codeProtocol},
		"a long message":                 {"\x82\xff\x00\x00\x00\x00\x01\x00\x00\x01" + "mask", codeTooBig},
		"a long message in parts":        {begin(part) + "\x80\xff\x00\x00\x00\x00\x01\x00\x00\x00" + "mask", codeTooBig},
		"a reason of one byte":           {frame(opClose, "x"), codeProtocol},
		"a reason that is never sent":    {frame(opClose, "\x03\xed"), codeProtocol},
	} {
		conn := &silent{}
		c := newConn(conn, bufio.NewReader(strings.NewReader(tt.sent)), false)
		_, err := io.ReadAll(c)
		var end *Error
		if !errors.As(err, &end) || end.Code != tt.code {
			t.Errorf("%s: got %v, want the code %d", name, err, tt.code)
		}
		want := binary.BigEndian.AppendUint16([]byte{bitFinal | opClose, 2}, uint16(tt.code))
		if !bytes.HasSuffix(conn.Bytes(), want) {
			t.Errorf("%s: sent %x, want the end %x", name, conn.Bytes(), want)
		}
		if again, err2 := c.Read(make([]byte, 1)); again != 0 || err2 != err {
			t.Errorf("%s: read on: got %d bytes and the error %v, want the same error", name, again, err2)
		}
	}
	for _, cut := range []string{"", "\x82", part[:5], part[:len(part)-1], begin(part)} {
		c := newConn(&silent{}, bufio.NewReader(strings.NewReader(cut)), false)
		if _, err := io.ReadAll(c); !errors.Is(err, io.ErrUnexpectedEOF) {
			t.Errorf("%q: got %v, want io.ErrUnexpectedEOF", cut, err)
		}
	}
}

// A slow program at the other side stops what we send, and must not stop what we read.
func TestAPingIsAnsweredAfterTheWriteUnderWay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client, server := pair()
		go client.Write([]byte("to a slow reader"))
		synctest.Wait() // the write waits
		go func() {
			server.ping() // its pong has to wait
			server.Write([]byte("data"))
		}()
		got := make([]byte, 4)
		if _, err := io.ReadFull(client, got); err != nil || string(got) != "data" {
			t.Fatalf("got %q and the error %v, want the data behind the ping", got, err)
		}
		raw := server.reader
		if h, err := readHeader(raw); err != nil || h.op != opBinary {
			t.Fatalf("got %+v and the error %v, want the message", h, err)
		} else if _, err := raw.Discard(int(h.length)); err != nil {
			t.Fatal(err)
		}
		if h, err := readHeader(raw); err != nil || h.op != opPong {
			t.Errorf("got %+v and the error %v, want the pong", h, err)
		}
	})
}

func TestPingsComeUntilTheEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client, server := pair()
		server.KeepAlive(30 * time.Second)
		began := time.Now()
		for i := 1; i <= 3; i++ {
			h, err := readHeader(client.reader)
			if err != nil || h.op != opPing || time.Since(began) != time.Duration(i)*30*time.Second {
				t.Fatalf("ping %d: got %+v after %s and the error %v", i, h, time.Since(began), err)
			}
		}
		go server.Close()
		if h, err := readHeader(client.reader); err != nil || h.op != opClose {
			t.Errorf("got %+v and the error %v, want the end", h, err)
		}
		client.Conn.Close()
		// The bubble ends, so no timer is left that would go on.
	})
}

// Nobody reads at the other side: closing does not wait for ever.
func TestClosingDoesNotWaitForAPeerThatDoesNotRead(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for _, busy := range []bool{false, true} {
			client, server := pair()
			defer client.Conn.Close()
			if busy {
				go server.Write([]byte("never read"))
				synctest.Wait()
			}
			began := time.Now()
			server.Close()
			if took := time.Since(began); took > closeTime {
				t.Errorf("while writing %t: took %s, want at most %s", busy, took, closeTime)
			}
		}
	})
}

func FuzzRead(f *testing.F) {
	for _, sent := range []string{frame(opBinary, "abc"), begin(frame(opBinary, "a")) + frame(opPing, "p") + frame(opContinue, ""), frame(opClose, "\x03\xe8"), frame(opText, "x")} {
		f.Add([]byte(sent))
	}
	f.Fuzz(func(t *testing.T, sent []byte) {
		// All at once or byte for byte: the same is read, and never more than was sent.
		var read [2][]byte
		var ends [2]string
		for i, r := range []io.Reader{bytes.NewReader(sent), oneByte{bytes.NewReader(sent)}} {
			c := newConn(&silent{}, bufio.NewReader(r), false)
			var err error
			read[i], err = io.ReadAll(c)
			if err != nil {
				ends[i] = err.Error()
			}
		}
		if !bytes.Equal(read[0], read[1]) || ends[0] != ends[1] || len(read[0]) > len(sent) {
			t.Errorf("%x: got %x (%s) and %x (%s)", sent, read[0], ends[0], read[1], ends[1])
		}
		// What is sent as a message is read unchanged.
		c := newConn(&silent{}, bufio.NewReader(strings.NewReader(frame(opBinary, string(sent))+frame(opBinary, ""))), false)
		if got, err := io.ReadAll(c); err != nil || !bytes.Equal(got, sent) {
			t.Errorf("%x: got %x and the error %v", sent, got, err)
		}
	})
}

type oneByte struct{ io.Reader }

func (r oneByte) Read(p []byte) (int, error) { return r.Reader.Read(p[:min(len(p), 1)]) }

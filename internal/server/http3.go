package server

import (
	"crypto/tls"
	"fmt"
	"net"
	"net/http"
	"strconv"
	"time"

	"github.com/quic-go/quic-go"
	"github.com/quic-go/quic-go/http3"

	"gatehouse/internal/base/plainhttp"
	"gatehouse/internal/config"
)

// maxHTTP3Requests is how many requests of a connection may be under way.
const maxHTTP3Requests = 100

// listenQUIC opens the UDP port for HTTP/3, if the configuration asks for it. After an
// error l is closed.
func (l *Listeners) listenQUIC(c *config.Config) (err error) {
	if c.CodecType != "http3" || c.InsecureServer {
		return nil
	}
	host, _, _ := net.SplitHostPort(c.Address) // it has been opened
	addr := net.JoinHostPort(host, strconv.Itoa(l.port()))
	if l.quic, err = net.ListenPacket("udp", addr); err != nil {
		l.Close()
		return fmt.Errorf("listen on UDP %s (codec_type): %w%s", addr, err, listenAdvice(err, "address"))
	}
	return nil
}

func (l *Listeners) port() int { return l.main.Addr().(*net.TCPAddr).Port }

// listenHTTP3 returns what serves HTTP/3, or nil if the configuration does not ask for
// it.
func (s *Server) listenHTTP3(c *config.Config, l *Listeners, t *tls.Config) (*quicServer, error) {
	if l.quic == nil {
		return nil, nil
	}
	srv, err := newQUICServer(l.quic, http3Server(c, s.handler, t), headerTime)
	if err != nil {
		return nil, fmt.Errorf("serve HTTP/3 (codec_type): %w", err)
	}
	return srv, nil
}

// http3Server serves a handler over QUIC, with the limits of the other protocols. It
// takes no request that may have been recorded before (0-RTT).
func http3Server(c *config.Config, h http.Handler, t *tls.Config) *http3.Server {
	return &http3.Server{
		Handler: plainhttp.RefuseMalformed(withTimes(c, h)), TLSConfig: http3.ConfigureTLSConfig(t), MaxHeaderBytes: maxHeader, IdleTimeout: c.TimeoutIdle,
		QUICConfig: &quic.Config{MaxIdleTimeout: c.TimeoutIdle, MaxIncomingStreams: maxHTTP3Requests},
	}
}

// withTimes gives each request the times of timeout_read and timeout_write, as
// http.Server does by itself. The deadline of the header ends.
func withTimes(c *config.Config, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		control, now := http.NewResponseController(w), time.Now()
		_ = control.SetReadDeadline(deadline(now, c.TimeoutRead)) // it can always be set
		if c.TimeoutWrite > 0 {
			_ = control.SetWriteDeadline(now.Add(c.TimeoutWrite))
		}
		next.ServeHTTP(w, r)
	})
}

// deadline returns the end of a limit that begins now. 0: there is none.
func deadline(now time.Time, limit time.Duration) time.Time {
	if limit <= 0 {
		return time.Time{}
	}
	return now.Add(limit)
}

// tellOfHTTP3 makes every answer say that the server speaks HTTP/3, if it does.
// RFC 7838 §3.
func (l *Listeners) tellOfHTTP3(next http.Handler) http.Handler {
	if l.quic == nil {
		return next
	}
	offer := []string{fmt.Sprintf(`h3=":%d"; ma=86400`, l.port())}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header()["Alt-Svc"] = offer
		next.ServeHTTP(w, r)
	})
}

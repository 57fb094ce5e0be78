package plainhttp

import (
	"bufio"
	"net"
	"net/http"
	"time"
)

// Hijack implements [http.Hijacker]. From here on the connection holds nothing of the
// short road, nor of net/http: it may be one that is silent for hours.
func (w *answer) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	c := w.conn
	if c.hijacked {
		return nil, nil, http.ErrHijacked
	}
	if w.status != 0 {
		_ = w.FlushError() // the next write fails, too
	}
	c.stopWatch()
	_ = c.nc.SetDeadline(time.Time{}) // fails only if it is closed
	r := c.r
	c.hijacked, c.r, c.watch, c.known = true, nil, watch{}, known{}
	w.release()
	c.server.over(c)
	return c.nc, bufio.NewReadWriter(r, bufio.NewWriter(c.nc)), nil
}

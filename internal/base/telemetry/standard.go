package telemetry

import (
	"io"
	"log/slog"
	"strings"
)

// Standard returns what package log is to write to, in a process that logs to l. net/http
// reports there what a connection to an upstream did wrong, and nobody can give its
// transport another logger: lines would go past the format, the level and the [Queue] of l,
// and a reader of the log that has stopped would stop the transport.
//
// It also quotes the bytes of an answer that nobody had asked for. They may be what somebody
// is allowed to see, so they are left out. Of a report of many lines, only the first is kept.
func Standard(l *slog.Logger) io.Writer { return standard{l} }

type standard struct{ to *slog.Logger }

// Write implements [io.Writer].
func (s standard) Write(report []byte) (int, error) {
	text, _, _ := strings.Cut(strings.TrimSpace(string(report)), "\n")
	text, _, _ = strings.Cut(text, " starting with ")
	s.to.Debug("a library reports", slog.String("text", text))
	return len(report), nil
}

package telemetry

import (
	"fmt"
	"io"
	"log/slog"
	"math"
	"os"
	"strings"
)

// Format is the form of a log line.
type Format string

// The formats. The empty format means JSON.
const (
	JSON Format = "json" // one object a line, for machines
	Text Format = "text" // key=value, for people
	Auto Format = "auto" // Text if the log goes to a terminal, else JSON
)

// levels are Pomerium's names of log levels. slog has four levels; the others lie
// below and above them.
var levels = map[string]slog.Level{
	"":         slog.LevelInfo,
	"trace":    slog.LevelDebug - 4,
	"debug":    slog.LevelDebug,
	"info":     slog.LevelInfo,
	"warn":     slog.LevelWarn,
	"warning":  slog.LevelWarn,
	"error":    slog.LevelError,
	"critical": slog.LevelError + 4,
	"fatal":    slog.LevelError + 4,
	"panic":    slog.LevelError + 8,
}

// silent is a level above that of every line.
const silent = slog.Level(math.MaxInt)

// ParseLevel returns the level of one of Pomerium's names, in upper or lower case. The
// empty name means info, and off, none and disabled that nothing is written.
func ParseLevel(name string) (slog.Level, error) {
	switch lower := strings.ToLower(name); lower {
	case "off", "none", "disabled":
		return silent, nil
	default:
		if l, ok := levels[lower]; ok {
			return l, nil
		}
	}
	return 0, fmt.Errorf("log level %q is not known; use trace, debug, info, warn, error or off", name)
}

// NewLogger returns a logger that writes lines of the level and above to w. It asks
// least for each line.
func NewLogger(w io.Writer, least slog.Leveler, format Format) (*slog.Logger, error) {
	options := &slog.HandlerOptions{Level: least}
	switch format.of(w) {
	case JSON:
		return slog.New(newJSON(w, options)), nil
	case Text:
		return slog.New(slog.NewTextHandler(w, options)), nil
	}
	return nil, fmt.Errorf("log format %q is not known; use json, text or auto", format)
}

// of returns the format for a writer: JSON or Text, if f is a format.
func (f Format) of(w io.Writer) Format {
	switch {
	case f == "":
		return JSON
	case f == Auto && isTerminal(w):
		return Text
	case f == Auto:
		return JSON
	}
	return f
}

func isTerminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	if !ok {
		return false
	}
	info, err := f.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}

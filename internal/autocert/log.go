package autocert

import (
	"context"
	"log/slog"
	"maps"
	"slices"
	"time"

	"go.uber.org/zap/zapcore"
)

// core writes certmagic's log to ours. What certmagic says for its own debugging is
// left out: it has whole requests to the authority in it.
type core struct {
	log    *slog.Logger
	fields []zapcore.Field
}

var levels = map[zapcore.Level]slog.Level{
	zapcore.InfoLevel: slog.LevelInfo, zapcore.WarnLevel: slog.LevelWarn,
}

func levelOf(l zapcore.Level) slog.Level {
	if level, ok := levels[l]; ok {
		return level
	}
	return slog.LevelError
}

// Enabled implements [zapcore.Core].
func (c *core) Enabled(l zapcore.Level) bool {
	return l >= zapcore.InfoLevel && c.log.Enabled(context.Background(), levelOf(l))
}

// With implements [zapcore.Core].
func (c *core) With(fields []zapcore.Field) zapcore.Core {
	return &core{c.log, append(slices.Clone(c.fields), fields...)}
}

// Check implements [zapcore.Core].
func (c *core) Check(e zapcore.Entry, to *zapcore.CheckedEntry) *zapcore.CheckedEntry {
	if c.Enabled(e.Level) {
		return to.AddCore(e, c)
	}
	return to
}

// Write implements [zapcore.Core].
func (c *core) Write(e zapcore.Entry, fields []zapcore.Field) error {
	enc := zapcore.NewMapObjectEncoder()
	for _, f := range append(slices.Clone(c.fields), fields...) {
		f.AddTo(enc)
	}
	var attrs []slog.Attr
	for _, name := range slices.Sorted(maps.Keys(enc.Fields)) {
		attrs = append(attrs, attrOf(name, enc.Fields[name]))
	}
	c.log.LogAttrs(context.Background(), levelOf(e.Level), "certificates: "+e.Message, attrs...)
	return nil
}

// attrOf returns a value under the name that our log has for its kind: times are numbers
// of milliseconds, and nobody has to count the zeros of nanoseconds.
func attrOf(name string, value any) slog.Attr {
	if d, ok := value.(time.Duration); ok {
		return slog.Int64(name+"_ms", d.Milliseconds())
	}
	return slog.Any(name, value)
}

// Sync implements [zapcore.Core].
func (c *core) Sync() error { return nil }

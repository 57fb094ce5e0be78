package autocert

import (
	"context"
	"log/slog"
	"maps"
	"slices"

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
		attrs = append(attrs, slog.Any(name, enc.Fields[name]))
	}
	c.log.LogAttrs(context.Background(), levelOf(e.Level), "certificates: "+e.Message, attrs...)
	return nil
}

// Sync implements [zapcore.Core].
func (c *core) Sync() error { return nil }

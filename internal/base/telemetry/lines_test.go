package telemetry

import (
	"bytes"
	"errors"
	"log/slog"
	"math"
	"testing"
	"time"
)

// bothLines returns the line that we write of a record, and that of slog.
func bothLines(t *testing.T, r slog.Record) (ours, theirs string) {
	t.Helper()
	q := &Queue{wake: make(chan struct{}, 1)}
	if err := newJSON(q, nil).Handle(t.Context(), r); err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := slog.NewJSONHandler(&b, nil).Handle(t.Context(), r); err != nil {
		t.Fatal(err)
	}
	return string(q.waiting), b.String()
}

// Each line is that of slog, whichever values it has.
func TestLinesAreThoseOfSlog(t *testing.T) {
	now := time.Date(2026, 11, 29, 4, 5, 6, 120_000, time.FixedZone("", 3600))
	for name, attrs := range map[string][]slog.Attr{
		"none":             nil,
		"of a request":     {slog.String("host", "app.example.com"), slog.Int("status", 200), slog.Int64("size", -5), slog.Float64("duration_ms", 1.204), slog.Bool("ok", true), slog.Uint64("n", math.MaxUint64)},
		"floats":           {slog.Float64("a", 0), slog.Float64("b", 1e21), slog.Float64("c", 1e-7), slog.Float64("d", 100), slog.Float64("e", -0.5), slog.Float64("f", 999999999999999999999)},
		"text to escape":   {slog.String("path", "/\"a\\\n\x00<&>"), slog.String("e", "\u2028caf\u00e9\x7f\xff")},
		"keys to escape":   {slog.String("a\"b", "c"), slog.String("", "no key")},
		"empty attributes": {{}, slog.String("a", ""), {Key: "nil"}, slog.Any("", nil)},
		"groups":           {slog.Group("g", slog.Int("a", 1), slog.Group("h")), slog.Group("", slog.Int("b", 2), slog.Attr{}), slog.Group("empty")},
		"valuers":          {slog.Any("level", slog.LevelWarn), slog.Any("v", valuer("x,y")), slog.Any("g", valuer(""))},
		"others":           {slog.Duration("d", time.Second), slog.Time("t", now), slog.Any("err", errors.New("failed")), slog.Any("list", []string{"a", "b"}), slog.Any("map", map[string]int{"a": 1})},
	} {
		r := slog.NewRecord(now, slog.LevelWarn+1, "request", 0)
		r.AddAttrs(slog.Attr{Value: slog.GroupValue(attrs...)})
		if ours, theirs := bothLines(t, r); ours != theirs {
			t.Errorf("%s:\ngot  %swant %s", name, ours, theirs)
		}
		r = slog.NewRecord(time.Time{}, slog.LevelInfo, "a \"message\"", 0)
		r.AddAttrs(attrs...)
		if ours, theirs := bothLines(t, r); ours != theirs {
			t.Errorf("%s, without time:\ngot  %swant %s", name, ours, theirs)
		}
	}
}

// valuer is a text, or a group if it is empty.
type valuer string

func (v valuer) LogValue() slog.Value {
	if v == "" {
		return slog.GroupValue(slog.Int("a", 1))
	}
	return slog.StringValue(string(v))
}

// The usual line does not go the long way.
func TestTheLineOfARequestIsUsual(t *testing.T) {
	r := slog.NewRecord(time.Now(), slog.LevelInfo, "request", 0)
	r.AddAttrs(slog.Attr{Value: slog.GroupValue(slog.String("path", "/a?b=<c>"), slog.Int("status", 200), slog.Float64("duration_ms", 0.25), slog.Attr{}, slog.Any("why", valuer("a")))})
	if _, usual := appendRecord(nil, r); !usual {
		t.Error("the line is left to slog")
	}
}

// Every byte, at every place among eight, is left to slog or not as it needs.
func TestTextsAreThoseOfSlog(t *testing.T) {
	for b := range 256 {
		for place := range 17 {
			text := bytes.Repeat([]byte("a"), 17)
			text[place] = byte(b)
			r := slog.NewRecord(time.Now(), slog.LevelInfo, string(text), 0)
			ours, theirs := bothLines(t, r)
			if _, usual := appendRecord(nil, r); ours != theirs || usual != (b >= ' ' && b <= '~' && b != '"' && b != '\\') {
				t.Fatalf("%q is usual: %v\ngot  %swant %s", text, usual, ours, theirs)
			}
		}
	}
}

func FuzzLines(f *testing.F) {
	f.Add("key", "value", int64(1), 1.5)
	f.Fuzz(func(t *testing.T, key, value string, n int64, x float64) {
		r := slog.NewRecord(time.Unix(n%1e11, n), slog.Level(n%20), value, 0)
		r.AddAttrs(slog.String(key, value), slog.Int64(key, n), slog.Float64(key, x))
		if ours, theirs := bothLines(t, r); ours != theirs {
			t.Errorf("got  %swant %s", ours, theirs)
		}
	})
}

func BenchmarkLine(b *testing.B) {
	q := &Queue{wake: make(chan struct{}, 1)}
	r := slog.NewRecord(time.Now(), slog.LevelInfo, "request", 0)
	r.AddAttrs(slog.Attr{Value: slog.GroupValue(slog.String("host", "app.example.com"), slog.String("path", "/reports/7"), slog.Int("status", 200), slog.Float64("duration_ms", 0.251))})
	for name, h := range map[string]slog.Handler{"ours": newJSON(q, nil), "slog": slog.NewJSONHandler(q, nil)} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				h.Handle(b.Context(), r)
				q.waiting = q.waiting[:0]
			}
		})
	}
}

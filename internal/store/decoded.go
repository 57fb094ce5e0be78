package store

import (
	"encoding/json"
	"fmt"
	"sync"
)

// decoded keeps what the JSON texts of a column mean. The settings of pools and
// clients are read with every request and hardly ever change. The text still comes from
// the database each time, and only the same text has a kept meaning: a change at
// another node counts at once.
//
// The values that it gives share memory. So it is only for reads: who changes a value
// decodes it anew (asJSON). The zero value is ready. Safe for concurrent use.
type decoded[T any] struct {
	mu   sync.RWMutex
	kept map[string]*T // by text
}

const (
	maxDecoded     = 256      // how many texts are kept
	maxDecodedText = 16 << 10 // the longest text that is kept
)

// column returns what reads a column into v.
func (d *decoded[T]) column(v *T) *decodedColumn[T] { return &decodedColumn[T]{d, v} }

// decodedColumn is asJSON that decodes a text once.
type decodedColumn[T any] struct {
	from *decoded[T]
	v    *T
}

// Scan implements [sql.Scanner].
func (c *decodedColumn[T]) Scan(src any) error {
	text, ok := src.(string)
	if !ok {
		return fmt.Errorf("want text in a JSON column, got a %T", src)
	}
	v, err := c.from.of(text)
	if err == nil {
		*c.v = *v
	}
	return err
}

func (d *decoded[T]) of(text string) (*T, error) {
	d.mu.RLock()
	v := d.kept[text]
	d.mu.RUnlock()
	if v != nil {
		return v, nil
	}
	v = new(T)
	if err := json.Unmarshal([]byte(text), v); err != nil {
		return nil, err
	}
	if len(text) <= maxDecodedText {
		d.keep(text, v)
	}
	return v, nil
}

func (d *decoded[T]) keep(text string, v *T) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.kept == nil || len(d.kept) >= maxDecoded {
		d.kept = map[string]*T{}
	}
	d.kept[text] = v
}

package store

import (
	"database/sql/driver"
	"math"
	"reflect"
	"testing"
	"time"

	"gatehouse/internal/directory/user"
)

func TestAssign(t *testing.T) {
	at := time.UnixMicro(7).UTC()
	for _, c := range []struct{ into, v, want any }{
		{new(string), "a", "a"},
		{new(user.Sub), "a", user.Sub("a")},
		{new(int64), int64(-7), int64(-7)},
		{new(int), int64(7), 7},
		{new(uint32), int64(math.MaxUint32), uint32(math.MaxUint32)},
		{new(bool), int64(1), true},
		{new(bool), int64(0), false},
		{new([]byte), []byte("a"), []byte("a")},
		{new([]byte), nil, []byte(nil)},
		{new(*int), int64(7), new(7)},
		{new(*int), nil, (*int)(nil)},
	} {
		if err := assign(c.into, c.v); err != nil {
			t.Errorf("%T = %#v: %v", c.into, c.v, err)
			continue
		}
		if got := reflect.ValueOf(c.into).Elem().Interface(); !reflect.DeepEqual(got, c.want) {
			t.Errorf("%T = %#v: got %#v, want %#v", c.into, c.v, got, c.want)
		}
	}
	var got time.Time
	if err := assign(asTime{&got}, int64(7)); err != nil || !got.Equal(at) {
		t.Errorf("a scanner: got %v, %v, want %v", got, err, at)
	}
}

func TestAssignConvertsNothing(t *testing.T) {
	for _, c := range []struct {
		into any
		v    driver.Value
	}{
		{new(string), nil}, {new(string), int64(1)}, {new(string), []byte("a")},
		{new(int64), nil}, {new(int64), "1"}, {new(int64), 1.5},
		{new(uint32), int64(-1)}, {new(uint32), int64(math.MaxUint32 + 1)},
		{new(bool), int64(2)}, {new(bool), int64(-1)}, {new(bool), "true"}, {new(bool), nil},
		{new([]byte), "a"}, {new([]byte), int64(1)},
		{new(*int), "1"}, {new(float64), 1.5},
		{asTime{new(time.Time)}, "now"},
	} {
		before := reflect.ValueOf(c.into)
		if err := assign(c.into, c.v); err == nil {
			t.Errorf("%T takes %#v and becomes %v", c.into, c.v, reflect.Indirect(before))
		}
	}
}

// A row with another number of columns than places is a mistake of ours, which must
// not shift values.
func TestScanWantsAPlaceForEachColumn(t *testing.T) {
	s := openInMemory(t)
	for _, places := range [][]any{{}, {new(int64)}, {new(int64), new(int64), new(int64)}} {
		err := s.read(t.Context(), func(t *tx) error {
			return t.eachRow(func(row scanner) error { return row.Scan(places...) }, `SELECT 1, 2`)
		})
		if err == nil {
			t.Errorf("two columns were read into %d places", len(places))
		}
	}
}

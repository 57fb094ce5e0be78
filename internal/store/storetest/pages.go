package storetest

import (
	"bytes"
	"testing"
	"time"

	"gatehouse/internal/base/ids"
	"gatehouse/internal/gateway/session"
	"gatehouse/internal/relyingparty"
)

// testPages checks that a page is kept until its time, however long it is, and
// that only so many are kept at once: the oldest goes.
func testPages(t *testing.T, s Store) {
	key, long := ids.Token(), bytes.Repeat([]byte{0, 0xff}, 20<<10)
	must(t, s.KeepPage(ctx(t), key, long, now.Add(time.Hour), 100))
	wantEqual(t, "Page", mustGet[[]byte](t)(s.Page(ctx(t), key)), long)
	_, err := s.Page(ctx(t), ids.Token())
	wantErr(t, "Page of another key", err, relyingparty.ErrNoPage)

	must(t, s.Sweep(ctx(t), now.Add(59*time.Minute)))
	wantEqual(t, "Page before its end", mustGet[[]byte](t)(s.Page(ctx(t), key)), long)
	must(t, s.Sweep(ctx(t), now.Add(61*time.Minute)))
	_, err = s.Page(ctx(t), key)
	wantErr(t, "Page after its end", err, relyingparty.ErrNoPage)

	var keys []string
	for i := range 8 {
		keys = append(keys, ids.Token())
		must(t, s.KeepPage(ctx(t), keys[i], []byte{1}, now.Add(time.Hour+time.Duration(i)*time.Second), 5))
	}
	for i, want := range map[int]error{0: relyingparty.ErrNoPage, 2: relyingparty.ErrNoPage, 3: nil, len(keys) - 1: nil} {
		_, err := s.Page(ctx(t), keys[i])
		wantErr(t, "one of too many pages", err, want)
	}
}

// testKeepSpent checks that of the keys with a prefix only so many stay spent: those
// that end last. Other keys stay.
func testKeepSpent(t *testing.T, s Store) {
	prefix := ids.Token() + " "
	other := ids.Token()
	must(t, s.SpendTicket(ctx(t), other, now))
	for i, key := range []string{"d", "a", "c", "b", "e"} {
		must(t, s.SpendTicket(ctx(t), prefix+key, now.Add(time.Duration(i)*time.Second)))
	}
	must(t, s.KeepSpent(ctx(t), prefix, 5))
	wantErr(t, "as many as may stay", s.SpendTicket(ctx(t), prefix+"d", now), session.ErrSpent)
	must(t, s.KeepSpent(ctx(t), prefix, 2))
	for key, want := range map[string]error{"d": nil, "a": nil, "c": nil, "b": session.ErrSpent, "e": session.ErrSpent} {
		wantErr(t, "key "+key, s.SpendTicket(ctx(t), prefix+key, now), want)
	}
	wantErr(t, "a key without the prefix", s.SpendTicket(ctx(t), other, now), session.ErrSpent)
}

package transfer_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"

	"gatehouse/internal/base/seal"
	"gatehouse/internal/directory/transfer"
	"gatehouse/internal/directory/userpool"
	"gatehouse/internal/testing/gatetest/enginetest"
)

// with returns a file, with its end, in which the rows of a kind have another value in
// a field.
func with(t *testing.T, file []byte, kind, field, value string) []byte {
	t.Helper()
	var out bytes.Buffer
	for line := range bytes.Lines(file) {
		var row map[string]map[string]json.RawMessage
		if err := json.Unmarshal(line, &row); err != nil {
			t.Fatal(err)
		}
		if row[kind] != nil {
			row[kind][field] = json.RawMessage(value)
			var err error
			if line, err = json.Marshal(row); err != nil {
				t.Fatal(err)
			}
			line = append(line, '\n')
		}
		out.Write(line)
	}
	return resummed(out.Bytes())
}

// refused imports a file, and checks that it is refused and that the pools of the
// installation can be listed.
func refused(t *testing.T, from *installation, file []byte, want error) {
	t.Helper()
	to := newInstallation(t, enginetest.Elsewhere(t, memory(t), from.Clock))
	if _, err := to.load(file, transfer.Options{}); !errors.Is(err, want) {
		t.Errorf("Import: %v, want %v", err, want)
	}
	if pools, _, err := to.Pools.ListPools(t.Context(), "", 0); len(pools) != 0 || err != nil {
		t.Errorf("afterwards the pools are %v, %v; want none", pools, err)
	}
}

// A document that the engines cannot read would fail each list that it is in, for the
// other pools too. The file proves to be whole all the same.
func TestDocumentsThatNobodyCouldRead(t *testing.T) {
	from := full(t, memory(t))
	file := from.export()
	refused(t, from, with(t, file, "pool", "name", "7"), transfer.ErrDamaged)
	for _, k := range transfer.Kinds() {
		if !bytes.Contains(file, []byte(`{"`+k.Name+`":`)) {
			continue
		}
		for _, f := range k.Fields {
			if f.Type == transfer.Document {
				t.Run(k.Name+" "+f.Name, func(t *testing.T) { refused(t, from, with(t, file, k.Name, f.Name, `"x"`), transfer.ErrDamaged) })
			}
		}
	}
	refused(t, from, with(t, file, "user", "attributes", "null"), transfer.ErrDamaged)
}

// The forms of hashes say what every wrong password costs the server, and a former pool
// gets passwords.
func TestSettingsThatNoCommandGave(t *testing.T) {
	from := full(t, memory(t))
	file := from.export()
	costly := `"argon2 true 262144 4 1 32"`
	for _, forms := range []string{`["md5"]`, `["argon2 true 999999999 4 1 32"]`, "[" + strings.Repeat(costly+",", 4) + costly + "]"} {
		refused(t, from, with(t, file, "pool", "settings", fmt.Sprintf(`{"ForeignHashes":%s}`, forms)), transfer.ErrDamaged)
	}
	refused(t, from, with(t, file, "pool", "settings", `{"Former":{"Endpoint":"https://evil.example.com","Client":"c","AccessKeyID":"k","Sealed":""}}`), transfer.ErrDamaged)
	to := newInstallation(t, enginetest.Elsewhere(t, memory(t), from.Clock))
	if _, err := to.load(with(t, file, "pool", "settings", fmt.Sprintf(`{"ForeignHashes":[%s]}`, costly)), transfer.Options{}); err != nil {
		t.Errorf("a form that is taken: %v", err)
	}
}

// The id of a pool is a part of its issuer and of addresses.
func TestIDsThatNoPoolHas(t *testing.T) {
	from := full(t, memory(t))
	file := from.export()
	for _, id := range []string{"", "_", "staff", "us-east-1_", "us-east-1_a/b", "../us-east-1_a", "us-east-1_a\n", "us-east-1_a?b", "us-east-1_" + strings.Repeat("a", 46)} {
		name, err := json.Marshal(id)
		from.must(err)
		refused(t, from, with(t, file, "gatehouse_export", "pool", string(name)), transfer.ErrFormat)
	}
}

// counting notes how many bytes one call of AddRows gets.
type counting struct {
	transfer.Store
	calls, most int
}

func (c *counting) BeginImport(_ context.Context, _ transfer.Row, at transfer.Place) (transfer.Place, error) {
	return at, nil
}
func (c *counting) FinishImport(context.Context, transfer.Place) error { return nil }

func (c *counting) AddRows(_ context.Context, _ transfer.Place, rows []transfer.Row, _ []byte) error {
	size := 0
	for _, r := range rows {
		for _, v := range r.Values {
			if document, ok := v.(json.RawMessage); ok {
				size += len(document)
			}
		}
	}
	c.calls, c.most = c.calls+1, max(c.most, size)
	return nil
}

// Rows that are large do not wait for as many as small ones do.
func TestLargeRowsWaitForFewOthers(t *testing.T) {
	var file bytes.Buffer
	file.WriteString(`{"gatehouse_export":{"version":1,"id":"a","pool":"us-east-1_Staff0001"}}` + "\n")
	file.WriteString(`{"pool":{"name":"staff","settings":{},"created":1,"modified":1}}` + "\n")
	const rows, size = 8, 2 << 20
	for i := range rows {
		fmt.Fprintf(&file, `{"terms":{"id":"t%d","client_id":"c","name":"n","links":{"a":%q},"created":1,"modified":1}}`+"\n", i, strings.Repeat("x", size))
	}
	file.WriteString(`{"end":`)
	store := &counting{}
	e := transfer.New(transfer.Config{Store: store, CheckDomain: func(*userpool.Domain) error { return nil }})
	done, err := e.Import(t.Context(), bytes.NewReader(resummed(file.Bytes())), transfer.Options{Progress: func(string, int) {}})
	if err != nil || done.Rows != rows+1 { // with the pool
		t.Fatalf("imported %+v, %v", done, err)
	}
	if store.calls < 2 || store.most > 10<<20 {
		t.Errorf("%d transactions, the largest of %d bytes; want two or more, of at most 10 MiB", store.calls, store.most)
	}
}

// The file says what a try of its passphrase costs. What is refused costs nothing.
func TestPassphrasesThatCostTooMuch(t *testing.T) {
	const passphrase = seal.Secret("correct horse battery")
	var file bytes.Buffer
	w, err := transfer.Lock{Passphrase: passphrase, Work: 4}.Encrypt(&file)
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	head, rest, _ := strings.Cut(file.String(), " 4\n")
	for work, want := range map[int]error{4: nil, 5: transfer.ErrKey, 21: transfer.ErrFormat, 30: transfer.ErrFormat} {
		_, err := transfer.Unlock{Passphrase: passphrase}.Decrypt(strings.NewReader(fmt.Sprintf("%s %d\n%s", head, work, rest)))
		if !errors.Is(err, want) || (want == nil) != (err == nil) {
			t.Errorf("the work %d: %v, want %v", work, err, want)
		}
	}
}

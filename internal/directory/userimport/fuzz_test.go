package userimport_test

import (
	"bytes"
	"slices"
	"strings"
	"testing"

	"gatehouse/internal/directory/userimport"
	"gatehouse/internal/directory/userpool"
	"gatehouse/internal/testing/gatetest/enginetest"
)

// Values that are joined with escaped commas are split to the same values.
func FuzzFields(f *testing.F) {
	f.Add("a", "b,c", "d,,e,")
	f.Add("", " x ", ",")
	f.Fuzz(func(t *testing.T, a, b, c string) {
		var values, escaped []string
		for _, v := range []string{a, b, c} {
			v = strings.TrimSpace(strings.ReplaceAll(v, `\`, "/")) // a backslash before a comma cannot be written
			values, escaped = append(values, v), append(escaped, strings.ReplaceAll(v, ",", `\,`))
		}
		if got := userimport.FieldsOf(strings.Join(escaped, " , ")); !slices.Equal(got, values) {
			t.Errorf("fieldsOf(%q) = %q, want %q", strings.Join(escaped, " , "), got, values)
		}
	})
}

// Reading on at the end of any line gives the lines that follow it.
func FuzzLines(f *testing.F) {
	f.Add([]byte("a\nb\r\n\n\rc"))
	f.Add([]byte(strings.Repeat("x", 5*userimport.MaxLine) + "\ny\n" + strings.Repeat("é", userimport.MaxLine) + "\nz"))
	f.Fuzz(func(t *testing.T, data []byte) {
		all, ends, err := userimport.ReadLines(bytes.NewReader(data), 0, 0)
		if err != nil {
			t.Fatal(err)
		}
		if n := len(ends); n > 0 && ends[n-1] != int64(len(data)) {
			t.Fatalf("the last line ends at %d of %d", ends[n-1], len(data))
		}
		for i, end := range ends {
			rest, _, err := userimport.ReadLines(bytes.NewReader(data[end:]), end, int64(i+1))
			if err != nil || !slices.Equal(rest, all[i+1:]) {
				t.Fatalf("after line %d: %q, %v, want %q", i+1, rest, err, all[i+1:])
			}
		}
	})
}

// Whatever a file has, its job ends, the report has a line for each user that was
// counted, and the pool has as many users as were imported.
func FuzzImport(f *testing.F) {
	p := &userpool.Pool{}
	f.Add("", []byte(""))
	f.Add(header(p), []byte(person(p, "alice")+"\n"+person(p, "alice")+"\n\n"+line(p)))
	f.Add(header(p)+"\r", []byte("\xff\x00,\\,"))
	f.Add("\ufeff"+header(p), []byte("x"))
	f.Fuzz(func(t *testing.T, head string, body []byte) {
		d := enginetest.New(t, verifiesEmail)
		j := work(t, d, d.Imports, started(t, d, head+"\n"+string(body)))
		if j.Status != userimport.Failed && j.Status != userimport.Succeeded || j.Message == "" || len(j.Message) > 128 || j.Completed.IsZero() {
			t.Errorf("the job is %+v", j)
		}
		if lines := strings.Count(report(t, d, j), "\n"); int64(lines) != j.Imported+j.Skipped+j.Failed {
			t.Errorf("the report has %d lines, and the job is %s", lines, said(j))
		}
		wantCount(t, d, int(j.Imported))
	})
}

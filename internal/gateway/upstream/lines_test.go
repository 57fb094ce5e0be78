package upstream

import (
	"slices"
	"testing"
)

func TestLines(t *testing.T) {
	for name, tt := range map[string]struct {
		change func(*Lines)
		want   Lines
	}{
		"nothing":                {func(*Lines) {}, Lines{{"A", "1"}, {"B", "2"}, {"A", "3"}}},
		"one more":               {func(l *Lines) { l.Add("B", "4", "5") }, Lines{{"A", "1"}, {"B", "2"}, {"A", "3"}, {"B", "4"}, {"B", "5"}}},
		"no value":               {func(l *Lines) { l.Add("B") }, Lines{{"A", "1"}, {"B", "2"}, {"A", "3"}}},
		"in place of two":        {func(l *Lines) { l.Set("A", "4") }, Lines{{"B", "2"}, {"A", "4"}}},
		"a new one":              {func(l *Lines) { l.Set("C", "4", "5") }, Lines{{"A", "1"}, {"B", "2"}, {"A", "3"}, {"C", "4"}, {"C", "5"}}},
		"no value in place":      {func(l *Lines) { l.Set("A") }, Lines{{"B", "2"}}},
		"an empty value":         {func(l *Lines) { l.Set("A", "") }, Lines{{"B", "2"}, {"A", ""}}},
		"all of a name removed":  {func(l *Lines) { l.Remove("A") }, Lines{{"B", "2"}}},
		"the only one removed":   {func(l *Lines) { l.Remove("B") }, Lines{{"A", "1"}, {"A", "3"}}},
		"another case":           {func(l *Lines) { l.Remove("a") }, Lines{{"A", "1"}, {"B", "2"}, {"A", "3"}}},
		"another name":           {func(l *Lines) { l.Rename("A", "a") }, Lines{{"a", "1"}, {"B", "2"}, {"a", "3"}}},
		"a name that there is":   {func(l *Lines) { l.Rename("A", "B") }, Lines{{"B", "1"}, {"B", "3"}}},
		"a name that is no line": {func(l *Lines) { l.Rename("C", "D") }, Lines{{"A", "1"}, {"B", "2"}, {"A", "3"}}},
	} {
		l := Lines{{"A", "1"}, {"B", "2"}, {"A", "3"}}
		if tt.change(&l); !slices.Equal(l, tt.want) {
			t.Errorf("%s: got %v, want %v", name, l, tt.want)
		}
		h := l.Header()
		again := linesOf(h)
		if again.Header(); len(again) != len(tt.want) || again.Get("A") != tt.want.Get("A") || again.Has("B") != tt.want.Has("B") || !slices.Equal(h["A"], again.Header()["A"]) {
			t.Errorf("%s: net/http has %v, and of that %v", name, h, again)
		}
	}
}

// The headers of an answer come to those that are there already, and change none of them.
func TestAnswersAreAddedToHeaders(t *testing.T) {
	for _, more := range []string{"", "Pragma: x\r\n"} { // read by us, and by net/http
		s := newScripted(t, "HTTP/1.1 200 OK\r\n"+more+"Set-Cookie: b=2\r\nSet-Cookie: c=3\r\nX-New: 1\r\nContent-Length: 2\r\n\r\nok")
		tr := New(general())
		ours := make([]string, 1, 4)
		ours[0] = "a=1"
		r := &Request{Method: "GET", Host: s.ln.Addr().String(), Target: "/", Answer: map[string][]string{"Set-Cookie": ours, "X-Ours": {"1"}}}
		resp, err := tr.Send(t.Context(), r)
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		tr.CloseIdleConnections()
		if resp.Header["Set-Cookie"] = append(resp.Header["Set-Cookie"], "d=4"); !slices.Equal(r.Answer["Set-Cookie"], []string{"a=1", "b=2", "c=3", "d=4"}) || r.Answer.Get("X-New") != "1" || r.Answer.Get("X-Ours") != "1" || ours[:2][1] != "" {
			t.Errorf("%q: got %v, and ours became %v", more, r.Answer, ours[:2])
		}
	}
}

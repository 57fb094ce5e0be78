package server_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"gatehouse/internal/base/settings"
	"gatehouse/internal/config"
	"gatehouse/internal/server"
)

// unended is a form that begins and does not end before end is closed. It calls
// waits when it has sent what it has.
type unended struct {
	io.Reader
	waits func()
	end   <-chan struct{}
}

func (u *unended) Read(p []byte) (int, error) {
	n, err := u.Reader.Read(p)
	if err == io.EOF {
		u.waits()
		<-u.end
		err = io.ErrUnexpectedEOF
	}
	return n, err
}

func postForm(s *server.Server, to string, form io.Reader) *httptest.ResponseRecorder {
	r := httptest.NewRequest(http.MethodPost, to, form)
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	w := httptest.NewRecorder()
	s.Handler().ServeHTTP(w, r)
	return w
}

// busy reports whether an answer says, in the form of its edge, that the server has
// too much to read.
func busy(w *httptest.ResponseRecorder) bool {
	return w.Code == http.StatusServiceUnavailable && w.Header().Get("Retry-After") != "" &&
		strings.Contains(strings.ToLower(w.Body.String()), "temporarily")
}

// A form of 64 KiB that does not end is kept in memory. Callers who send many of
// them can neither fill the memory nor keep out forms of the usual size.
func TestUnfinishedFormsDoNotFillTheMemory(t *testing.T) {
	const callers, fit = 260, 192 // 8 MiB, of which each takes what it has beyond 16 KiB
	for front, forms := range map[string][]string{
		"Pomerium": {
			staffIssuer + "/oauth2/token", "https://staff.auth.example.com/oauth2/revoke", staffIssuer + "/oauth2/userInfo",
			"https://staff.auth.example.com/login" + staffLogin, "https://staff.auth.example.com/signup" + staffLogin,
			"https://authenticate.example.com/oauth2/callback", "https://authenticate.example.com/.pomerium/backchannel-logout",
		},
		"Access": {"https://team.example.com/cdn-cgi/access/callback"},
	} {
		text := "data_dir: " + t.TempDir() + "\n" + fronts[front] + strings.ReplaceAll(sharedFile, "{upstream}", "http://127.0.0.1:1")
		c, err := config.Load(settings.Source{Path: "test.yaml", Data: []byte(text)})
		if err != nil {
			t.Fatal(err)
		}
		s := start(t, c)
		for _, to := range forms {
			t.Run(to, func(t *testing.T) {
				end := make(chan struct{})
				var settled, done sync.WaitGroup
				var mu sync.Mutex
				refused := 0
				call := func() {
					settled.Add(1)
					once := sync.OnceFunc(settled.Done)
					done.Go(func() {
						defer once()
						if busy(postForm(s, to, &unended{strings.NewReader(strings.Repeat("a", 60_000)), once, end})) {
							mu.Lock()
							refused++
							mu.Unlock()
						}
					})
				}
				count := func() int { mu.Lock(); defer mu.Unlock(); return refused }
				for range callers {
					call()
				}
				settled.Wait()
				// Those who were refused had a part each when they were, which nobody
				// has now. Callers one after the other take it.
				before, more := count(), 0
				for ; count() == before && more < 40; more++ {
					call()
					settled.Wait()
				}
				if w := postForm(s, to, strings.NewReader(strings.Repeat("a", 62_000))); !busy(w) {
					t.Errorf("a large form meanwhile: got %d %v, want 503 with Retry-After", w.Code, w.Header())
				}
				if w := postForm(s, to, strings.NewReader("a=b")); busy(w) {
					t.Errorf("a small form meanwhile: got %d %s", w.Code, w.Body)
				}
				close(end)
				done.Wait()
				if got := callers + more - refused; got > fit+1 || got < fit-20 {
					t.Errorf("%d unfinished forms were kept, want about %d", got, fit)
				}
				if w := postForm(s, to, strings.NewReader(strings.Repeat("a", 62_000))); busy(w) {
					t.Errorf("a large form afterwards: got %d %s", w.Code, w.Body)
				}
			})
		}
	}
}

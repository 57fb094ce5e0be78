package web_test

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"gatehouse/internal/base/web"
)

func TestAddressesThatARequestMayNotName(t *testing.T) {
	s := httptest.NewServer(http.NotFoundHandler())
	defer s.Close()
	client := web.NewClient(web.NewOutsideTransport(false, nil), time.Second)
	for _, address := range []string{
		s.URL, "http://localhost:1/", "http://a.localhost:1/", "http://[::1]:1/", "http://[::ffff:127.0.0.1]:1/", "http://127.9.9.9:1/",
		"http://0.0.0.0:1/", "http://[::]:1/", "http://169.254.169.254/latest/meta-data/", "http://[::ffff:169.254.169.254]/", "http://[fe80::1]/", "http://[fd00:ec2::254]/", "http://224.0.0.1/",
	} {
		if _, err := client.Get(address); !errors.Is(err, web.ErrInside) {
			t.Errorf("GET %s: %v, want ErrInside", address, err)
		}
	}
}

func TestInDevelopmentThisMachineMayBeNamed(t *testing.T) {
	s := httptest.NewServer(http.NotFoundHandler())
	defer s.Close()
	client := web.NewClient(web.NewOutsideTransport(true, nil), 5*time.Second)
	answer, err := client.Get(s.URL)
	if err != nil {
		t.Fatal(err)
	}
	answer.Body.Close()
	if _, err := client.Get("http://169.254.169.254/"); !errors.Is(err, web.ErrInside) {
		t.Errorf("the link's address: %v, want ErrInside", err)
	}
}

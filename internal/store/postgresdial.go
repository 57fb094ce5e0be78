package store

import (
	"context"
	"net"
	"strconv"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5"
)

// Limits of a connection to PostgreSQL. The parameters connect_timeout (seconds)
// and tcp_user_timeout (milliseconds) of the URL win, as in libpq.
const (
	connectTimeout = 5 * time.Second
	tcpUserTimeout = 15 * time.Second
)

// postgresConfig reads the URL of a PostgreSQL database and completes it.
func postgresConfig(url string) (*pgx.ConnConfig, error) {
	config, err := pgx.ParseConfig(url)
	if err != nil {
		return nil, ErrURL.Saying("The database URL is not valid.").Because(err)
	}
	if config.ConnectTimeout == 0 {
		config.ConnectTimeout = connectTimeout
	}
	unanswered, err := userTimeout(config.RuntimeParams)
	if err != nil {
		return nil, err
	}
	config.DialFunc = dialer(unanswered).DialContext
	return config, nil
}

// userTimeout takes tcp_user_timeout out of the parameters of a URL: what is
// left in them goes to the server.
func userTimeout(params map[string]string) (time.Duration, error) {
	text, ok := params["tcp_user_timeout"]
	if !ok {
		return tcpUserTimeout, nil
	}
	delete(params, "tcp_user_timeout")
	ms, err := strconv.Atoi(text)
	if err != nil || ms < 0 {
		return 0, ErrURL.Saying("The database URL is not valid: tcp_user_timeout must be a number of milliseconds.")
	}
	return time.Duration(ms) * time.Millisecond, nil
}

// dialer makes connections that notice a server that is gone: the system ends a
// connection on which data stay unanswered for so long, and asks one that is
// idle whether the other end is there.
func dialer(unanswered time.Duration) *net.Dialer {
	return &net.Dialer{
		KeepAliveConfig: net.KeepAliveConfig{Enable: true, Idle: 10 * time.Second, Interval: 5 * time.Second, Count: 3},
		ControlContext:  func(_ context.Context, _, _ string, c syscall.RawConn) error { return setUserTimeout(c, unanswered) },
	}
}

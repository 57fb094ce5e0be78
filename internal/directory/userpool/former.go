package userpool

import "time"

// FormerPool says how the pool at Amazon Cognito is asked that a pool of ours was taken
// over from: it still knows the passwords of users who have not signed in here. It has
// the id of our pool.
type FormerPool struct {
	Endpoint    string // of its API, with a scheme
	Client      string // the app client there
	Admin       bool   `json:",omitempty"` // ADMIN_USER_PASSWORD_AUTH; false: USER_PASSWORD_AUTH
	AccessKeyID string
	Sealed      []byte // FormerPoolSecrets as JSON, sealed in FormerPoolContext
}

// FormerPoolContext ties the secrets of a [FormerPool] to its pool.
func FormerPoolContext(pool PoolID) string { return "former-pool:" + string(pool) }

// TakenOver says what came along from the pool at Amazon Cognito that a pool of ours was
// taken over from. What an administrator has done to that here since must stay.
type TakenOver struct {
	Factors bool      `json:",omitempty"` // which second factors the pool asks for
	Whole   time.Time `json:",omitzero"`  // when the whole pool was there. Zero: not yet
}

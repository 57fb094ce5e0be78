package store

import (
	"context"

	"gatehouse/internal/directory/credential"
	"gatehouse/internal/directory/signin"
	"gatehouse/internal/directory/user"
)

// subjectAttempts is the count of one subject.
type subjectAttempts struct {
	subject string
	credential.Attempts
}

func subjectFields(a *subjectAttempts) []any {
	return append([]any{&a.subject}, attemptsFields(&a.Attempts)...)
}

// Look implements [signin.LookStore].
func (s *Store) Look(ctx context.Context, l signin.Look) (*signin.Seen, error) {
	var users []*userRow
	var counts []*subjectAttempts
	var groups []*user.Group
	questions := []question{
		ask(&users, userFields, `SELECT `+userColumns+` FROM users u
			WHERE u.pool_id = $1 AND u.sub = `+subOfKey, l.Pool, l.Key),
		ask(&counts, subjectFields, `SELECT subject, count, first_at, last_at, locked
			FROM attempts WHERE pool_id = $1 AND subject IN ($3, $4 || `+subOfKey+`)`, l.Pool, l.Key, l.Guessers.Nobody, l.Guessers.Prefix),
	}
	if l.Groups {
		questions = append(questions, ask(&groups, groupFields, groupsOf(subOfKey), l.Pool, l.Key))
	}
	if err := s.askAll(ctx, questions...); err != nil {
		return nil, err
	}
	seen := &signin.Seen{}
	if len(users) > 0 {
		seen.User = users[0].user()
	}
	for _, c := range counts {
		if c.subject == l.Guessers.Of(seen.User) {
			seen.Attempts = c.Attempts
		}
	}
	if l.Groups {
		seen.Groups = append([]*user.Group{}, groups...)
	}
	return seen, nil
}

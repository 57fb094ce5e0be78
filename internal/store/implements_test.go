package store_test

import (
	"gatehouse/internal/access"
	"gatehouse/internal/credential"
	"gatehouse/internal/message"
	"gatehouse/internal/operator"
	"gatehouse/internal/session"
	"gatehouse/internal/signin"
	"gatehouse/internal/store"
	"gatehouse/internal/token"
	"gatehouse/internal/user"
	"gatehouse/internal/userpool"
)

var _ interface {
	userpool.Store
	user.Store
	credential.Store
	token.Store
	signin.SpentStore
	session.Store
	message.OutboxStore
	operator.Store
	access.Store
	access.KeyStore
} = (*store.Store)(nil)

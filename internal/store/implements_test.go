package store_test

import (
	"gatehouse/internal/directory/branding"
	"gatehouse/internal/directory/credential"
	"gatehouse/internal/directory/device"
	"gatehouse/internal/directory/ratelimit"
	"gatehouse/internal/directory/risk"
	"gatehouse/internal/directory/signin"
	"gatehouse/internal/directory/token"
	"gatehouse/internal/directory/transfer"
	"gatehouse/internal/directory/user"
	"gatehouse/internal/directory/userimport"
	"gatehouse/internal/directory/userpool"
	"gatehouse/internal/gateway/access"
	gatewaydevice "gatehouse/internal/gateway/device"
	"gatehouse/internal/gateway/session"
	"gatehouse/internal/message"
	"gatehouse/internal/operator"
	"gatehouse/internal/relyingparty"
	"gatehouse/internal/store"
)

var _ interface {
	userpool.Store
	userimport.Store
	ratelimit.Store
	user.Store
	branding.Store
	credential.Store
	device.Store
	risk.Store
	token.Store
	transfer.Store
	signin.SpentStore
	signin.LookStore
	session.Store
	gatewaydevice.Store
	message.OutboxStore
	operator.Store
	access.Store
	relyingparty.PageStore
} = (*store.Store)(nil)

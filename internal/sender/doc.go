// Package sender hands the directory's messages to services that are called by
// HTTP: e-mail to Amazon SES, SMS to Amazon SNS or to a program of the operator.
// Each is a [message.Sender]. The mail server is in package message, whose users
// know nothing of HTTP.
//
// An error has the name that the service gives to what went wrong, and nothing of
// the message, which holds codes.
package sender

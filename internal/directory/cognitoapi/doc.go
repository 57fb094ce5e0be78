// Package cognitoapi speaks the API of Amazon Cognito user pools: AWS JSON 1.1
// over POST /, 140 operations.
//
// [Server] reads requests and writes responses. [API] has a method for each
// operation that Gatehouse offers; each group of operations has a file. The
// package wire has what is generated from AWS's model: the types, their
// decoding, the constraint checks and the table of operations.
//
// A request passes these steps. Each step can fail, and its error becomes the
// response:
//
//	X-Amz-Target → body → decode → signature → constraints → operation → encode
//
// Engines return fault errors. errors.go is the only place that gives them
// exception names. All rules beyond the model's constraints are the engines'.
// [Server.Authenticate] checks the access keys.
package cognitoapi

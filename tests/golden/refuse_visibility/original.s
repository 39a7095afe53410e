	.text
	.globl	api
	.type	api, @function
api:
	ret
	.size	api, .-api

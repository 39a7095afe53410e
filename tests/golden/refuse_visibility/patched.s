	.text
	.globl	api
	.hidden	api
	.type	api, @function
api:
	ret
	.size	api, .-api

	.file	"x.c"
	.text
	.globl	f
	.type	f, @function
f:
	movl	$0, %eax
	ret
	.size	f, .-f
	.section	.note.GNU-stack,"",@progbits

	.file	"x.c"
	.text
	.globl	f
	.type	f, @function
f:
	movl	%edi, %eax
	ret
	.size	f, .-f
	.globl	g
	.type	g, @function
g:
	leal	1(%rdi), %eax
	ret
	.size	g, .-g
	.section	.note.GNU-stack,"",@progbits

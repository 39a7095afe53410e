	.file	"x.c"
	.text
	.type	helper, @function
helper:
	imull	%edi, %edi
	movl	%edi, %eax
	ret
	.size	helper, .-helper
	.globl	f
	.type	f, @function
f:
	call	helper
	ret
	.size	f, .-f
	.globl	g
	.type	g, @function
g:
	call	helper
	addl	$1, %eax
	ret
	.size	g, .-g
	.globl	added
	.type	added, @function
added:
	movl	$5, %eax
	ret
	.size	added, .-added
	.section	.note.GNU-stack,"",@progbits

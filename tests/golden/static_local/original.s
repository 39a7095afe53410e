	.file	"x.c"
	.text
	.globl	f
	.type	f, @function
f:
	movl	n.1(%rip), %eax
	addl	$1, %eax
	movl	%eax, n.1(%rip)
	ret
	.size	f, .-f
	.globl	g
	.type	g, @function
g:
	movl	n.0(%rip), %eax
	addl	$2, %eax
	movl	%eax, n.0(%rip)
	ret
	.size	g, .-g
	.globl	h
	.type	h, @function
h:
	call	g
	ret
	.size	h, .-h
	.data
	.align 4
	.type	n.0, @object
	.size	n.0, 4
n.0:
	.long	4
	.align 4
	.type	n.1, @object
	.size	n.1, 4
n.1:
	.long	4
	.section	.note.GNU-stack,"",@progbits
